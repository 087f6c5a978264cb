/* The order in which the appliance comes to life: the sealed site is checked, memory is set aside,
 * the network comes up, sensors are heard, and only then what takes long (TLS upstream) begins.
 * Entered by the platform; never returns. */
#include "appliance/appliance.h"
#include "drivers/block_device.h"
#include "drivers/net_device.h"
#include "kernel/kernel.h"
#include "site/bundle.h"

struct appliance appliance;

#define PAGE_BYTES 4096

/* Both makers below set what they need themselves: not zeroing saves boot time. */
static void *must_memory(size_t bytes)
{
    return must_memory_buffers((bytes + PAGE_BYTES - 1) / PAGE_BYTES);
}

/* What is sealed was checked by `brink image`; it is checked again because it may have been cut off
 * or changed since. */
static void must_open_site(void)
{
    const char *why = "";
    appliance.bundle = platform_site();
    if (appliance.bundle.length == 0)
        panic("no site in this image: make one with `brink image SITE -o FILE.elf`");
    if (!bundle_check(appliance.bundle, &why))
        panic("the sealed site is damaged (%s): make the image again with `brink image`", why);

    struct text settings = bundle_find(appliance.bundle, "settings");
    if (settings.length != sizeof(struct site_settings))
        panic("the sealed site is of another version: make the image again with `brink image`");
    appliance.site = (const void *)settings.bytes;
    if (appliance.site->version != SITE_SETTINGS_VERSION)
        panic("the sealed site is of another version: make the image again with `brink image`");

    struct text rules = bundle_find(appliance.bundle, "ruleset");
    if (!ruleset_check(rules.bytes, rules.length, &why))
        panic("the sealed rules are damaged (%s): make the image again with `brink image`", why);
    appliance.rules = (const void *)rules.bytes;
}

/* Whatever is declared and missing stops the boot with its name. */
static void must_have_devices(void)
{
    if (!net_device_first())
        panic("declared device missing: net (give the machine a virtio network card)");
    if (appliance.site->needs_disk && !block_device_first())
        panic(
            "declared device missing: disk (give the machine a virtio disk, or set machine.disk in "
            "site.json to \"none\")");
    if (appliance.site->needs_entropy && !entropy_is_strong())
        panic("declared device missing: entropy (give the machine virtio-rng or a processor with "
              "RDRAND)");
}

static const char *site_id(void)
{
    struct text id = rules_text(appliance.rules, appliance.rules->site_id);
    return id.length > 0 ? id.bytes : appliance.site->name;
}

static void judging_start(void)
{
    const struct ruleset *rules = appliance.rules;
    uint32_t devices = appliance.site->devices;
    uint32_t epoch = 0;
    entropy_fill(&epoch, sizeof epoch);
    struct text name = rules_text(rules, rules->site_name);
    struct alerts_settings settings = {
        .site_id = site_id(),
        .site_name = name.length > 0 ? name.bytes : site_id(),
        .prefix = appliance.site->upstream.prefix,
        .timezone = appliance.site->timezone,
        .epoch = epoch,
        .first_sequence = 1,
        .clock_is_set = clock_is_set(),
        .spool_bytes = ALERTS_SPOOL_BYTES,
    };
    appliance.alerts = alerts_create(must_memory(alerts_size_bytes(rules, &settings)), rules,
                                     &settings, upstream_transport());
    judge_start();
    appliance.pipeline = pipeline_create(must_memory(pipeline_size_bytes(rules, devices)), rules,
                                         devices, appliance.engine);
    if (appliance.site->clock == SITE_CLOCK_READINGS)
        pipeline_follow_readings(appliance.pipeline);
    alerts_attach(appliance.alerts, appliance.engine);
}

static void network_is_up(void *context)
{
    (void)context;
    char address[NET_ADDRESS_BYTES];
    sources_start();
    log_line(LOG_INFO, "ready ms=%u.%u address=%s listener=%u udp=%u",
             (unsigned)(clock_monotonic_ns() / 1000000),
             (unsigned)(clock_monotonic_ns() / 100000 % 10), net_address_text(address),
             appliance.site->listener.port, appliance.rules->ports.count);
    sources_connect_broker();
    upstream_start();
}

_Noreturn void appliance_main(void)
{
    must_open_site();
    log_line(LOG_INFO, "brink site=%s platform=\"%s\" memory_kib=%u", site_id(), platform_name(),
             (unsigned)(memory_counters()->total_bytes / 1024));
    must_have_devices();
    judging_start();
    net_start(appliance.site, network_is_up, NULL);
    loop_run();
}
