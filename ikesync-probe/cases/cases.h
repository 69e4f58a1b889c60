/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register of all cases: the one line that a new case needs besides its own file. Their order
 * is that of lists and runs: by group (S, C, G, B, N, K, P), then by number.
 */
#ifndef IKESYNC_PROBE_CASES_CASES_H
#define IKESYNC_PROBE_CASES_CASES_H

#include "run/case.h"
#include "target/requirement.h"

/* clang-format off */
#define CASES(X)                                                       \
	X(s01) X(s02)                                                  \
	X(c01) X(c02) X(c03) X(c04) X(c05) X(c06) X(c07) X(c08)        \
	X(c09) X(c10) X(c11) X(c12) X(c13) X(c14) X(c15) X(c16) X(c17)        \
	X(c19) X(c20) X(c21) X(c22) X(c23) X(c24) X(c25) X(c26)        \
	X(c28) X(c29) X(c30) X(c34) X(c35) X(c36) X(c37) X(c38) X(c39) X(c40)       \
	X(c41) X(c42) X(c43) X(c44) X(c45) X(c48) X(c49) X(c50) X(c51) X(c52)              \
	X(g01) X(g02) X(g03) X(g04) X(g05) X(g06) X(g07) X(g08)        \
	X(g10) X(g11) X(g12) X(g13) X(g14) X(g15) X(g16) X(g17)        \
	X(g18) X(g19) X(g20) X(g21) X(g22) X(g23) X(g24) X(g25)        \
	X(g26) X(g27) X(g28) X(g29) X(g30) X(g31) X(g32) X(g33)        \
	X(g34) X(g35) X(g36) X(g37) X(g38) X(g39) X(g40) X(g41)        \
	X(g42) X(g43) X(g44) X(g45)                                    \
	X(b01) X(b02) X(b03) X(b04) X(b05) X(b06) X(b07) X(b08)        \
	X(b09) X(b10) X(b11) X(b12) X(b13) X(b14) X(b15) X(b17)        \
	X(b18) X(b19) X(b23) X(b24) X(b25) X(b26) X(b28) X(b29) X(b30)        \
	X(b31) X(b32) X(b33)                                           \
	X(n01) X(n02) X(n03) X(n04) X(n05) X(n06) X(n07) X(n08) X(n09)        \
	X(n10) X(n11) X(n12) X(n13) X(n14) X(n15) X(n16) X(n17)        \
	X(n18) X(n19) X(n20) X(n22) X(n23) X(n24) X(n25) X(n26)        \
	X(n27) X(n28) X(n29) X(n30) X(n31) X(n32)                      \
	X(k01) X(k02) X(k03) X(k04) X(k05) X(k06) X(k07) X(k08)        \
	X(k09)                                                         \
	X(p01) X(p02) X(p03) X(p04) X(p05) X(p06) X(p07) X(p08)        \
	X(p09) X(p10) X(p11) X(p12) X(p13) X(p14) X(p15) X(p16)        \
	X(p17) X(p18)
/* clang-format on */

#define CASES_DECLARE(name) extern const struct probe_case case_##name;
CASES(CASES_DECLARE)
#undef CASES_DECLARE

#endif
