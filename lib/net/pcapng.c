/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block formats: draft-ietf-opsawg-pcapng, sections 4.1 (section header), 4.2 (interface), 4.3 (enhanced packet), 4.7 (secrets). */
#include "net/pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET 6u
#define BLOCK_SECRETS 10u
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define SECRETS_TLS 0x544c534bu
#define SECRETS_IKESYNC 0x494b5359u /* "IKSY"; ours, registered with nobody */
#define OPT_END 0
#define OPT_COMMENT 1
#define OPT_SHB_APPLICATION 4
#define OPT_IF_TSRESOL 9
#define OPTION_MAX 0xfff0u

struct pcapng {
	FILE *file;
	int failed; /* errno of the first failure */
};

/* Everything in host order: the magic number tells the reader. */
static void put(struct pcapng *p, const void *octets, size_t n)
{
	if (n && !p->failed && fwrite(octets, 1, n, p->file) != n)
		p->failed = errno ? errno : EIO;
}

static void put_u16(struct pcapng *p, uint16_t v)
{
	put(p, &v, sizeof(v));
}

static void put_u32(struct pcapng *p, uint32_t v)
{
	put(p, &v, sizeof(v));
}

static uint32_t padded(size_t n)
{
	return (uint32_t)((n + 3) & ~(size_t)3);
}

static void put_padded(struct pcapng *p, struct span s)
{
	static const uint8_t zero[4];

	put(p, s.p, s.n);
	put(p, zero, padded(s.n) - s.n);
}

static uint32_t option_size(struct span value)
{
	return value.n ? 4 + padded(value.n) : 0;
}

static void put_option(struct pcapng *p, uint16_t code, struct span value)
{
	if (!value.n)
		return;
	put_u16(p, code);
	put_u16(p, (uint16_t)value.n);
	put_padded(p, value);
}

static struct span option_text(const char *text)
{
	struct span s = text ? span_text(text) : SPAN_NONE;

	if (s.n > OPTION_MAX)
		s.n = OPTION_MAX;
	return s;
}

/* Blocks begin and end with their length, so it must be known first. Returns the length. */
static uint32_t begin_block(struct pcapng *p, uint32_t type, uint32_t body)
{
	put_u32(p, type);
	put_u32(p, body + 12);
	return body + 12;
}

static int end_block(struct pcapng *p, uint32_t length)
{
	put_u32(p, length);
	if (!p->failed && fflush(p->file) != 0)
		p->failed = errno;
	if (p->failed) {
		errno = p->failed;
		return -1;
	}
	return 0;
}

static int write_section(struct pcapng *p, const char *application)
{
	struct span name = option_text(application);
	uint32_t options = name.n ? option_size(name) + 4 : 0;
	uint32_t length = begin_block(p, BLOCK_SECTION, 16 + options);
	uint64_t unknown_length = UINT64_MAX;

	put_u32(p, BYTE_ORDER_MAGIC);
	put_u16(p, 1);
	put_u16(p, 0);
	put(p, &unknown_length, sizeof(unknown_length));
	put_option(p, OPT_SHB_APPLICATION, name);
	if (options)
		put_u32(p, OPT_END);
	return end_block(p, length);
}

static int write_interface(struct pcapng *p, uint32_t linktype)
{
	static const uint8_t nanoseconds[1] = { 9 };
	uint32_t length =
	    begin_block(p, BLOCK_INTERFACE, 8 + option_size(SPAN_OF(nanoseconds)) + 4);

	put_u16(p, (uint16_t)linktype);
	put_u16(p, 0);
	put_u32(p, 0); /* no snap length */
	put_option(p, OPT_IF_TSRESOL, SPAN_OF(nanoseconds));
	put_u32(p, OPT_END);
	return end_block(p, length);
}

struct pcapng *pcapng_create(const char *path, const char *application, uint32_t linktype)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct pcapng *p;
	int saved;

	if (fd < 0)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p)
		p->file = fdopen(fd, "wb");
	if (!p || !p->file) {
		saved = errno;
		close(fd);
		free(p);
		errno = saved;
		return NULL;
	}
	if (write_section(p, application) != 0 || write_interface(p, linktype) != 0) {
		saved = p->failed;
		pcapng_close(p);
		errno = saved;
		return NULL;
	}
	return p;
}

int pcapng_packet(struct pcapng *p, uint64_t ns, struct span packet, const char *comment)
{
	struct span text = option_text(comment);
	uint32_t options = text.n ? option_size(text) + 4 : 0;
	uint32_t length = begin_block(p, BLOCK_PACKET, 20 + padded(packet.n) + options);

	put_u32(p, 0); /* the one interface */
	put_u32(p, (uint32_t)(ns >> 32));
	put_u32(p, (uint32_t)ns);
	put_u32(p, (uint32_t)packet.n);
	put_u32(p, (uint32_t)packet.n);
	put_padded(p, packet);
	put_option(p, OPT_COMMENT, text);
	if (options)
		put_u32(p, OPT_END);
	return end_block(p, length);
}

static int secrets(struct pcapng *p, uint32_t type, struct span text)
{
	uint32_t length = begin_block(p, BLOCK_SECRETS, 8 + padded(text.n));

	put_u32(p, type);
	put_u32(p, (uint32_t)text.n);
	put_padded(p, text);
	return end_block(p, length);
}

int pcapng_tls_secrets(struct pcapng *p, struct span key_log)
{
	return secrets(p, SECRETS_TLS, key_log);
}

int pcapng_ikesync_secrets(struct pcapng *p, struct span lines)
{
	return secrets(p, SECRETS_IKESYNC, lines);
}

int pcapng_close(struct pcapng *p)
{
	int failed = p->failed;

	if (fclose(p->file) != 0 && !failed)
		failed = errno;
	free(p);
	errno = failed;
	return failed ? -1 : 0;
}
