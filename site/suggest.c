/* Optimal string alignment distance and the nearest word by it (see suggest.h). */
#include "site/suggest.h"

#include <string.h>

#define LONGEST 40

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t suggest_distance(const char *a, const char *b)
{
    size_t rows[LONGEST + 1][LONGEST + 1];
    size_t length_a = strlen(a), length_b = strlen(b);
    if (length_a > LONGEST || length_b > LONGEST)
        return LONGEST;
    for (size_t i = 0; i <= length_a; i++)
        rows[i][0] = i;
    for (size_t j = 0; j <= length_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        for (size_t j = 1; j <= length_b; j++) {
            size_t changed = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            rows[i][j] = least(changed, least(rows[i - 1][j], rows[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[length_a][length_b];
}

const char *suggest_nearest(const char *word, const char *const *words, size_t count)
{
    size_t allowed = strlen(word) / 3 > 1 ? strlen(word) / 3 : 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = suggest_distance(word, words[i]);
        if (distance <= allowed && (!nearest || distance < suggest_distance(word, nearest)))
            nearest = words[i];
    }
    return nearest;
}
