/* What headquarters may ask of Brink (RULES, section 16.3): acknowledge, shelve, unshelve, reset,
 * resend. Comes in: a command's word and its JSON, from anybody who may publish there. Goes out:
 * calls of the engine, and the text of an answer. A command whose id was carried out is answered
 * again and not carried out twice. Private to alerts/. */
#ifndef ALERTS_COMMANDS_H
#define ALERTS_COMMANDS_H

#include "alerts/message.h"

#define COMMANDS_REMEMBERED 1000 /* appendix E 33 */
#define COMMAND_BY_BYTES 65
#define COMMAND_COMMENT_BYTES 201
#define COMMAND_ID_BYTES 97
#define COMMAND_NAMES_BYTES (RULES_NAMES_MAX * RULES_NAME_BYTES)

struct command { /* as it was read */
    char id[COMMAND_ID_BYTES], by[COMMAND_BY_BYTES], comment[COMMAND_COMMENT_BYTES];
    char alert[IDENTITY_TOPIC_BYTES];
    double minutes;    /* 0: not said */
    const char *wrong; /* what is wrong with the JSON, or NULL */
    uint32_t alarm, device;
};

struct command_outcome { /* remembered by its id */
    uint64_t id;         /* hash of word and id; 0: free */
    uint64_t sequence;   /* of the newest message then */
    uint32_t alarm;      /* or RULES_NONE */
    uint32_t why;        /* enum engine_answer, or one of COMMAND_… */
};
enum { COMMAND_NO_SUCH_ALERT = 100, COMMAND_NO_SUCH_COMMAND };

struct commands {
    struct command_outcome outcomes[COMMANDS_REMEMBERED]; /* a ring */
    uint32_t next;
};

void command_read(struct text json, struct command *command);
/* Which alarm and row the command is about. */
bool command_find(const struct message_source *source, struct command *command);
/* Which command of the engine a word is; false: none. */
bool command_of_word(struct text word, enum engine_command *command);

/* What came of a command with this id, or NULL. */
const struct command_outcome *commands_recall(const struct commands *commands, struct text word,
                                              const struct command *command);
const struct command_outcome *commands_remember(struct commands *commands, struct text word,
                                                const struct command *command,
                                                struct command_outcome outcome);
/* Writes the answer; returns its length. `outcome` NULL: the command is malformed. */
size_t command_answer(const struct message_source *source, const struct command *command,
                      const struct command_outcome *outcome, char *room, size_t room_bytes);

#endif
