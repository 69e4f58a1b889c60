/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All of the payload readers and writers, for those who need many. */
#ifndef IKESYNC_WIRE_IKE_PAYLOADS_H
#define IKESYNC_WIRE_IKE_PAYLOADS_H

#include "wire/ike_auth.h"
#include "wire/ike_cert.h"
#include "wire/ike_cp.h"
#include "wire/ike_delete.h"
#include "wire/ike_eap.h"
#include "wire/ike_id.h"
#include "wire/ike_ke.h"
#include "wire/ike_nonce.h"
#include "wire/ike_notify.h"
#include "wire/ike_redirect.h"
#include "wire/ike_sa.h"
#include "wire/ike_sk.h"
#include "wire/ike_syn.h"
#include "wire/ike_ts.h"
#include "wire/ike_vendor.h"

#endif
