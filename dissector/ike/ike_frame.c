/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Most frames of IKE leave nothing, or the link of one message: that stands in an array by frame
 * number. What few leave is Wireshark's to keep by frame, at eight times the memory.
 */
#include "ike/ike_frame.h"

#include "base/file_pool.h"
#include "ike/ike_locate.h"
#include "ike/ikesync_fields.h"

#define PAGE 64u
/* Keys of Wireshark's: a link of a further message is kept under the ordinal of that. */
#define RESUMED 0x100u
#define BROKEN 0x20000u

struct page {
	struct ike_link *first[PAGE]; /* of the first message of each frame */
	uint64_t more;                /* a bit for each frame that has more */
};

static struct page **pages; /* file scope */
static uint32_t n_pages;

/* File scope forgets; so must this. */
static void forget(void)
{
	pages = NULL;
	n_pages = 0;
}

void ike_frame_init(void)
{
	register_init_routine(forget);
	register_cleanup_routine(forget);
}

static struct page *page_of(const packet_info *pinfo)
{
	uint32_t i = pinfo->num / PAGE;

	return i < n_pages ? pages[i] : NULL;
}

static struct page *page_get(const packet_info *pinfo)
{
	uint32_t i = pinfo->num / PAGE, n;

	if (i >= n_pages) {
		n = MAX(i + 1, 2 * n_pages);
		pages = wmem_realloc(wmem_file_scope(), pages, n * sizeof(*pages));
		memset(pages + n_pages, 0, (n - n_pages) * sizeof(*pages));
		n_pages = n;
	}
	if (!pages[i])
		pages[i] = file_pool_new(sizeof(**pages));
	return pages[i];
}

static uint64_t bit_of(const packet_info *pinfo)
{
	return UINT64_C(1) << pinfo->num % PAGE;
}

/* A read filter drops frames after they were read, and the next one has their number. */
void ike_frame_begin(const packet_info *pinfo)
{
	struct page *page = page_of(pinfo);

	if (!page)
		return;
	page->first[pinfo->num % PAGE] = NULL;
	page->more &= ~bit_of(pinfo);
}

static void keep(packet_info *pinfo, unsigned key, void *p)
{
	if (p)
		p_add_proto_data(wmem_file_scope(), pinfo, proto_ikesync, key, p);
}

static void *kept(packet_info *pinfo, unsigned key)
{
	return p_get_proto_data(wmem_file_scope(), pinfo, proto_ikesync, key);
}

void ike_frame_keep(packet_info *pinfo, unsigned ordinal, const struct ike_frame *left)
{
	bool more = left->resumed || left->broken || (ordinal && left->link);
	struct page *page;

	if (!left->link && !more)
		return;
	page = page_get(pinfo);
	if (!ordinal)
		page->first[pinfo->num % PAGE] = left->link;
	if (!more)
		return;
	page->more |= bit_of(pinfo);
	if (ordinal)
		keep(pinfo, ordinal, left->link);
	keep(pinfo, ordinal + RESUMED, left->resumed);
	keep(pinfo, ordinal + BROKEN, GUINT_TO_POINTER(left->broken));
}

static bool has_more(const packet_info *pinfo, const struct page *page)
{
	return page && page->more & bit_of(pinfo);
}

static struct ike_link *link_of(packet_info *pinfo, const struct page *page, unsigned ordinal)
{
	if (!ordinal)
		return page ? page->first[pinfo->num % PAGE] : NULL;
	return has_more(pinfo, page) ? kept(pinfo, ordinal) : NULL;
}

const struct ike_link *ike_frame_link(packet_info *pinfo, unsigned ordinal)
{
	return link_of(pinfo, page_of(pinfo), ordinal);
}

struct ike_frame ike_frame_recall(packet_info *pinfo, unsigned ordinal)
{
	const struct page *page = page_of(pinfo);
	struct ike_frame left = { .link = link_of(pinfo, page, ordinal) };

	if (has_more(pinfo, page)) {
		left.resumed = kept(pinfo, ordinal + RESUMED);
		left.broken = GPOINTER_TO_UINT(kept(pinfo, ordinal + BROKEN));
	}
	return left;
}

unsigned ike_frame_messages(packet_info *pinfo)
{
	return has_more(pinfo, page_of(pinfo)) ? IKE_PLACES_MAX : 1;
}
