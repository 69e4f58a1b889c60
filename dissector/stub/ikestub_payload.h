/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies of the stub payloads; each shows itself and says what is wrong with it. */
#ifndef IKESYNC_IKESTUB_PAYLOAD_H
#define IKESYNC_IKESTUB_PAYLOAD_H

#include "stub/ikestub_chain.h"

/* `zero_spi_ok`: the first index of a get (rule 32). */
void stub_index_show(const struct stub_payload *p, bool zero_spi_ok);
void stub_transaction_show(const struct stub_payload *p);
void stub_status_show(const struct stub_payload *p);
void stub_lifetime_show(const struct stub_payload *p);
void stub_sealed_show(const struct stub_payload *p);
void stub_spi_pair_show(const struct stub_payload *p);
void stub_id_show(const struct stub_payload *p);
/* `prf`: as stub_sa_show() said; 0 when not known. */
void stub_secret_show(const struct stub_payload *p, unsigned prf);
void stub_unknown_show(const struct stub_payload *p);

/* Eight octets of seconds since 1970 at `offset`. */
proto_item *stub_time_show(const struct stub_payload *p, int hf, unsigned offset);
/* The same of an expiry, and whether it is over, clock skew included. */
proto_item *stub_expiry_show(const struct stub_payload *p, int hf, unsigned offset);

#endif
