/* Messages and counts as people read them: sentence and code, the line, the mark under it, the note
 * (RULES section 13.1). Comes in: a message. Goes out: bytes to the caller's writer. Called by
 * tools/ and tests. */
#include "rules/language/source.h"

#include <stdio.h>

static void write_text(struct rules_output output, const char *text)
{
    output.write(output.context, text, strlen(text));
}

/* Blanks up to the mark; tabs stay tabs, so that it stands under its characters in any window. */
static void write_indent(struct rules_output output, struct text source, int column)
{
    size_t offset = 0;
    for (int i = 1; i < column; i++) {
        bool is_tab = offset < source.length && source.bytes[offset] == '\t';
        if (offset < source.length)
            utf8_next(source, &offset);
        output.write(output.context, is_tab ? "\t" : " ", 1);
    }
}

void rules_message_print(const struct rules_message *message, struct rules_output output)
{
    char number[16];
    snprintf(number, sizeof number, "%d", message->line);
    write_text(output, message->file);
    write_text(output, " line ");
    write_text(output, number);
    write_text(output, ": ");
    write_text(output, message->text);
    write_text(output, "  [");
    write_text(output, message->code);
    write_text(output, "]\n  ");
    write_text(output, number);
    write_text(output, " | ");
    write_text(output, message->source);
    write_text(output, "\n  ");
    for (size_t i = 0; i < strlen(number); i++)
        write_text(output, " ");
    write_text(output, " | ");
    write_indent(output, text_of(message->source), message->column);
    for (int i = 0; i < message->width; i++)
        write_text(output, "^");
    if (message->mark[0] != '\0') {
        write_text(output, " ");
        write_text(output, message->mark);
    }
    write_text(output, "\n");
    if (message->note[0] != '\0') {
        write_text(output, "  ");
        write_text(output, message->note);
        write_text(output, "\n");
    }
}

static void write_count(struct rules_output output, uint32_t count, const char *one,
                        const char *many, const char *behind)
{
    char text[96];
    snprintf(text, sizeof text, "%u %s%s", count, count == 1 ? one : many, behind);
    write_text(output, text);
}

void rules_counts_print(const struct rules_counts *counts, struct rules_output output)
{
    static const char *const names[] = {"", "log", "notice", "warning", "critical"};
    write_count(output, counts->groups, "group", "groups", " of sensors with ");
    write_count(output, counts->readings, "reading", "readings", ", ");
    write_count(output, counts->alarms, "alarm", "alarms", ", ");
    write_count(output, counts->reports, "report", "reports", ".\n");
    if (counts->alarms == 0)
        return;
    write_text(output, "Alarms: ");
    for (uint32_t severity = RULES_CRITICAL; severity > RULES_NORMAL; severity--) {
        char text[64];
        uint32_t count = counts->by_severity[severity];
        uint32_t percent = (count * 200 + counts->alarms) / (2 * counts->alarms);
        snprintf(text, sizeof text, "%u %s (%u %%)%s", count, names[severity], percent,
                 severity > RULES_LOG ? ", " : ". Aim for 5, 15 and 80 %.\n");
        write_text(output, text);
    }
}
