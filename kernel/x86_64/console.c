/* The console: a 16550 at 0x3f8, by polling, each wait within a bound. Without one the text is
 * lost. Comes in: bytes. Called by log.c through platform.h, by musl's writes, and by a panic: it
 * keeps no state that could be broken, and uses no memory. */
#include "kernel/platform.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/start.h"

#define UART 0x3f8
#define UART_FIFO_CONTROL (UART + 2) /* to read: interrupt identification */
#define UART_LINE_STATUS (UART + 5)
#define UART_CAN_SEND 0x20
#define UART_FIFO_ON 0x07
#define UART_HAS_FIFO 0xc0
#define UART_FIFO_BYTES 16
#define UART_TRIES 100000

/* How many characters may follow one look at the line's status. */
static uint8_t console_burst = 1;

void console_start(void)
{
    port_write_8(UART_FIFO_CONTROL, UART_FIFO_ON);
    uint8_t identification = port_read_8(UART_FIFO_CONTROL);
    if (identification != 0xff && (identification & UART_HAS_FIFO) == UART_HAS_FIFO)
        console_burst = UART_FIFO_BYTES;
}

static void console_put(char character)
{
    static uint8_t room;
    if (room == 0 || room > UART_FIFO_BYTES) {
        uint8_t status = port_read_8(UART_LINE_STATUS);
        if (status == 0xff) /* no such device */
            return;
        for (int i = 0; i < UART_TRIES && !(status & UART_CAN_SEND); i++)
            status = port_read_8(UART_LINE_STATUS);
        room = console_burst;
    }
    room--;
    port_write_8(UART, (uint8_t)character);
}

void platform_console_write(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            console_put('\r');
        console_put(bytes[i]);
    }
}
