/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File, Export Objects, IKESTUB: every stub on the wire as a text, without its secrets. */
#ifndef IKESYNC_EXPORT_STUB_H
#define IKESYNC_EXPORT_STUB_H

#include "stub/ikestub_chain.h"

void export_stub_register(int proto);

/* Offer payload 201 to whoever exports; costs nothing when nobody does. */
void export_stub_offer(const struct stub_payload *p);

#endif
