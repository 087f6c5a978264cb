/* Which MMIO devices are found: by the command line's forms, in microvm's slots, and never
 * elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/virtio_mmio.c"

static struct machine machine;
static const char *command_line;
static uint32_t slots[24 * 512 / 4];
static uint64_t mapped[32];
static unsigned mapped_count;
static struct virtio_device found[32];
static unsigned found_count;

uint64_t memory_physical(const void *address)
{
    return (uintptr_t)address;
}

const struct machine *machine_get(void)
{
    return &machine;
}

const char *platform_command_line(void)
{
    return command_line;
}

void *must_memory_map_device(uint64_t physical, size_t bytes)
{
    (void)bytes;
    mapped[mapped_count++] = physical;
    return (uint8_t *)slots + (physical - 0xfeb00000) % sizeof(slots);
}

unsigned interrupt_allocate(void (*mark)(void *context), void *context)
{
    (void)mark;
    (void)context;
    return 32;
}

void interrupt_route_gsi(unsigned gsi, unsigned vector)
{
    (void)gsi;
    (void)vector;
}

static void remember(const struct virtio_device *device)
{
    found[found_count++] = *device;
}

static void put(unsigned slot, uint32_t version, uint32_t kind)
{
    uint32_t *registers = slots + slot * 512 / 4;
    registers[0] = 0x74726976;
    registers[1] = version;
    registers[2] = kind;
}

static void look(enum machine_kind kind, const char *text)
{
    machine.kind = kind;
    machine.mmio_first_gsi = 5;
    command_line = text;
    found_count = mapped_count = 0;
    virtio_mmio_find(remember);
}

static int set_up(void **state)
{
    (void)state;
    memset(slots, 0, sizeof(slots));
    return 0;
}

static void the_command_line_names_devices_in_order(void **state)
{
    (void)state;
    put(7, 1, VIRTIO_NET);
    put(6, 2, VIRTIO_ENTROPY);
    look(MACHINE_MICROVM,
         "quiet virtio_mmio.device=512@0xfeb00e00:12 virtio_mmio.device=4K@0xFEB00C00:11");
    assert_int_equal(found_count, 2);
    assert_int_equal(found[0].kind, VIRTIO_NET);
    assert_true(found[0].is_legacy);
    assert_int_equal(found[0].interrupt_line, 12);
    assert_int_equal(found[0].place, 0xfeb00e00);
    assert_int_equal(found[1].kind, VIRTIO_ENTROPY);
    assert_false(found[1].is_legacy);
    assert_int_equal(found[1].interrupt_line, 11);
}

static void what_is_no_device_is_not_touched(void **state)
{
    (void)state;
    static const char *const texts[] = {"virtio_mmio.device=",
                                        "virtio_mmio.device=512",
                                        "virtio_mmio.device=512@",
                                        "virtio_mmio.device=@",
                                        "virtio_mmio.device=512@0xfeb00e00",
                                        "virtio_mmio.device=512@0xfeb00e01:12",
                                        "virtio_mmio.device=zz@0xfeb00e00:12"};
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        look(MACHINE_MICROVM, texts[i]);
        assert_int_equal(mapped_count, 0);
        assert_int_equal(found_count, 0);
    }
}

static void slots_are_looked_at_from_the_last_to_the_first(void **state)
{
    (void)state;
    for (unsigned slot = 0; slot < 8; slot++)
        put(slot, 1, 0);
    put(7, 1, VIRTIO_NET);
    put(2, 1, VIRTIO_BLOCK);
    look(MACHINE_MICROVM, "");
    assert_int_equal(found_count, 2);
    assert_int_equal(found[0].kind, VIRTIO_NET);
    assert_int_equal(found[0].interrupt_line, 12);
    assert_int_equal(found[1].kind, VIRTIO_BLOCK);
    put(23, 1, VIRTIO_ENTROPY);
    look(MACHINE_MICROVM, "");
    assert_int_equal(found_count, 3);
    assert_int_equal(found[0].interrupt_line, 5 + 23);
}

static void wrong_magic_and_unknown_versions_are_left_alone(void **state)
{
    (void)state;
    put(7, 3, VIRTIO_NET);
    put(6, 1, VIRTIO_NET);
    slots[6 * 512 / 4] = 0;
    look(MACHINE_MICROVM, "");
    assert_int_equal(found_count, 0);
}

static void machines_with_pci_are_not_probed(void **state)
{
    (void)state;
    put(7, 1, VIRTIO_NET);
    look(MACHINE_PC, "");
    look(MACHINE_Q35, "");
    look(MACHINE_OTHER_PCI, "");
    assert_int_equal(mapped_count, 0);
    assert_int_equal(found_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_command_line_names_devices_in_order, set_up),
        cmocka_unit_test_setup(what_is_no_device_is_not_touched, set_up),
        cmocka_unit_test_setup(slots_are_looked_at_from_the_last_to_the_first, set_up),
        cmocka_unit_test_setup(wrong_magic_and_unknown_versions_are_left_alone, set_up),
        cmocka_unit_test_setup(machines_with_pci_are_not_probed, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
