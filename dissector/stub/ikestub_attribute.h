/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payload 209, one attribute of a stub (rule 29). */
#ifndef IKESYNC_IKESTUB_ATTRIBUTE_H
#define IKESYNC_IKESTUB_ATTRIBUTE_H

#include "stub/ikestub_chain.h"

void stub_attribute_show(const struct stub_payload *p);

#endif
