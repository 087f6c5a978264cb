/* Device names, topics and fingerprints (see identity.h). */
#include "alerts/identity.h"

void identity_escape(struct writer *writer, struct text name, bool dots)
{
    while (name.length > 0) {
        unsigned char c = (unsigned char)name.bytes[0];
        size_t length = wording_character(name);
        /* A control character above U+007F is C2 80 to C2 9F. */
        bool is_control = c < ' ' || c == 0x7f ||
                          (c == 0xc2 && length == 2 && (unsigned char)name.bytes[1] < 0xa0);
        if (length == 0 || is_control || strchr("+#/%", c) || (dots && c == '.')) {
            length += length == 0;
            for (size_t i = 0; i < length; i++)
                writer_format(writer, "%%%02X", (unsigned char)name.bytes[i]);
        } else {
            writer_add(writer, (struct text){name.bytes, length});
        }
        name.bytes += length;
        name.length -= length;
    }
}

uint32_t identity_words(const struct ruleset *rules, const struct engine_device_view *view,
                        struct text *words)
{
    if (view == NULL || view->group >= rules->groups.count)
        return 0;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, view->group);
    const struct rules_set *set = view->set < rules->sets.count
                                      ? RULES_AT(rules, struct rules_set, rules->sets, view->set)
                                      : NULL;
    uint32_t count = set ? set->names.count : group->names.count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = set ? *RULES_AT(rules, uint32_t, set->names, i) : i;
        words[i] = rules_text(rules, RULES_AT(rules, struct rules_name, group->names, index)->name);
    }
    return count;
}

void identity_of(const struct ruleset *rules, const struct engine_device_view *view,
                 struct identity *identity)
{
    struct writer writer = writer_on(identity->device, sizeof identity->device);
    identity->group = TEXT("site");
    identity->names = view ? view->names : NULL;
    identity->count = identity_words(rules, view, identity->words);
    if (view && view->group < rules->groups.count)
        identity->group = rules_text(
            rules, RULES_AT(rules, struct rules_group, rules->groups, view->group)->name);
    for (uint32_t i = 0; i < identity->count; i++) {
        if (i > 0)
            writer_add(&writer, TEXT("."));
        identity_escape(&writer, identity->names[i], true);
    }
    if (identity->count == 0)
        writer_add(&writer, TEXT("site"));
}

void identity_topic(struct writer *writer, const char *prefix, const char *site_id,
                    const char *what)
{
    writer_add(writer, text_of(prefix));
    writer_add(writer, TEXT("brink/v1/"));
    identity_escape(writer, text_of(site_id), false);
    writer_add(writer, TEXT("/"));
    writer_add(writer, text_of(what));
}

/* ---- fingerprint --------------------------------------------------------------------------- */

struct label {
    struct text name, value;
};

static bool is_before(struct text a, struct text b)
{
    size_t common = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.bytes, b.bytes, common);
    return order < 0 || (order == 0 && a.length < b.length);
}

/* Keeps the labels sorted; a named part called like one of ours gives way to it. */
static size_t insert(struct label *labels, size_t count, struct text name, struct text value)
{
    size_t at = count;
    for (size_t i = 0; i < count; i++) {
        if (text_equal(labels[i].name, name))
            return count;
    }
    for (; at > 0 && is_before(name, labels[at - 1].name); at--)
        labels[at] = labels[at - 1];
    labels[at] = (struct label){name, value};
    return count + 1;
}

uint64_t identity_fingerprint(const struct identity *identity, const char *site_id,
                              struct text alarm, const char *severity)
{
    struct label labels[5 + RULES_NAMES_MAX];
    size_t count = insert(labels, 0, TEXT("alertname"), alarm);
    count = insert(labels, count, TEXT("severity"), text_of(severity));
    count = insert(labels, count, TEXT("site"), text_of(site_id));
    count = insert(labels, count, TEXT("group"), identity->group);
    count = insert(labels, count, TEXT("device"), text_of(identity->device));
    for (uint32_t i = 0; i < identity->count; i++)
        count = insert(labels, count, identity->words[i], identity->names[i]);
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < count; i++) {
        hash = hash_bytes(hash, labels[i].name.bytes, labels[i].name.length);
        hash = hash_bytes(hash, "\xff", 1);
        hash = hash_bytes(hash, labels[i].value.bytes, labels[i].value.length);
        hash = hash_bytes(hash, "\xff", 1);
    }
    return hash;
}
