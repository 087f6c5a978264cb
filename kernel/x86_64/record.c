/* A panic's text. The formats are those that the project's messages use: flags - 0, width,
 * precision of strings, lengths h l ll z j t, conversions d i u x X p c s %. Anything else is
 * printed as it stands. No heap, no libc, and no more than RECORD_BYTES kept. */
#include "kernel/x86_64/record.h"

#include "kernel/platform.h"

#define RECORD_BYTES 3072

static char record[RECORD_BYTES];
static size_t record_length;

static bool is_quoting;

static void put(char character)
{
    if (is_quoting && (character == '"' || character == '\n'))
        character = '\'';
    platform_console_write(&character, 1);
    if (record_length < RECORD_BYTES)
        record[record_length++] = character;
}

static void put_padded(const char *text, size_t length, size_t width, bool is_left, char fill)
{
    for (size_t i = length; i < width && !is_left; i++)
        put(fill);
    for (size_t i = 0; i < length; i++)
        put(text[i]);
    for (size_t i = length; i < width && is_left; i++)
        put(' ');
}

static void put_number(uint64_t number, unsigned base, bool is_negative, size_t width, bool is_left,
                       char fill)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    if (is_negative)
        digits[--at] = '-';
    put_padded(digits + at, sizeof digits - at, width, is_left, fill);
}

static size_t number_in_format(const char **format, va_list *arguments)
{
    size_t number = 0;
    if (**format == '*') {
        ++*format;
        int given = va_arg(*arguments, int);
        return given > 0 ? (size_t)given : 0;
    }
    while (**format >= '0' && **format <= '9')
        number = number * 10 + (size_t)(*(*format)++ - '0');
    return number;
}

/* One conversion, after its percent sign; returns what follows it. */
static const char *put_conversion(const char *format, va_list *arguments)
{
    bool is_left = false, is_long = false;
    char fill = ' ';
    for (; *format == '-' || *format == '0'; format++) {
        is_left = is_left || *format == '-';
        fill = *format == '0' ? '0' : fill;
    }
    size_t width = number_in_format(&format, arguments), precision = SIZE_MAX;
    if (*format == '.') {
        format++;
        precision = number_in_format(&format, arguments);
    }
    for (; *format == 'h' || *format == 'l' || *format == 'z' || *format == 'j' || *format == 't';
         format++)
        is_long = is_long || *format != 'h';
    int64_t number = 0;
    const char *text = NULL;
    size_t length = 0;
    switch (*format) {
    case 'd':
    case 'i':
        number = is_long ? va_arg(*arguments, int64_t) : va_arg(*arguments, int);
        put_number(number < 0 ? -(uint64_t)number : (uint64_t)number, 10, number < 0, width,
                   is_left, fill);
        break;
    case 'u':
    case 'x':
    case 'X':
        put_number(is_long ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned),
                   *format == 'u' ? 10 : 16, false, width, is_left, fill);
        break;
    case 'p':
        put_number((uint64_t)va_arg(*arguments, void *), 16, false, width, is_left, fill);
        break;
    case 'c':
        put((char)va_arg(*arguments, int));
        break;
    case 's':
        text = va_arg(*arguments, const char *);
        text = text ? text : "(none)";
        while (length < precision && text[length])
            length++;
        put_padded(text, length, width, is_left, ' ');
        break;
    case 0:
        return format;
    default:
        put(*format);
    }
    return format + 1;
}

static __attribute__((format(printf, 1, 0))) void put_list(const char *format, va_list arguments)
{
    va_list copy;
    va_copy(copy, arguments);
    while (*format) {
        if (*format != '%')
            put(*format++);
        else
            format = put_conversion(format + 1, &copy);
    }
    va_end(copy);
}

void record_quote(const char *format, va_list arguments)
{
    put('"');
    is_quoting = true;
    put_list(format, arguments);
    is_quoting = false;
    put('"');
}

void record_add(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_list(format, arguments);
    va_end(arguments);
}

void record_start(void)
{
    uint64_t ms = platform_monotonic_ns() / 1000000;
    record_add("%lu.%03lu panic ", ms / 1000, ms % 1000);
}

void record_finish(void)
{
    put('\n');
}

void record_line(const char *format, ...)
{
    record_start();
    va_list arguments;
    va_start(arguments, format);
    put_list(format, arguments);
    va_end(arguments);
    record_finish();
}

void record_begin(void)
{
    record_length = 0;
}

const char *record_text(size_t *length)
{
    *length = record_length;
    return record;
}
