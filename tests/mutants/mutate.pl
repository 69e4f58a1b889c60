#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Small changes of C sources, one at a time.
#
# mutate.pl list FILE...           every small change of these sources, one a line: KEY FILE LINE OPERATOR FUNCTION
# mutate.pl patch KEY FILE...      that change as a patch
# mutate.pl source KEY FILE...     the file with that change
#
# KEY is made of the file's name, the function's name, the words of the statement, the operator and, where a function has
# the same statement or the same operator twice, which of them it is. Neither line numbers nor folders nor line breaks go
# in, so that a record of equivalent ones lives through moves.
#
# Changed: a condition negated, an operator moved to its neighbour, a statement left out, a result turned round, a number
# one larger, a status for another. Not changed, because no tester could ever see it from outside:
#   - log lines, conditions over nothing but a log line, functions audit_* (they only log), "logged" times, and the texts
#     that are for people: fields why and text
#   - counters that are only counted (g->counters.NAME that no condition of these files reads, and totals named sent)
#   - releasing and wiping (free, unref, wipe, clear), and conditions over nothing else; locks, whose lack is a race and the thread sanitizer's matter
#   - how much memory is taken: sizes in declarations, counts in g_new; want of memory ends a program of GLib's anyway
#   - struct fault set to zero before a call: it is a place for a text, and whether it is filled is the result's matter
#   - how entries spread in hash tables (sip_*, *hash*, rotate beside them) and sums that the same program writes and reads
#     (checksum, crc*): another function would do as well
#   - functions *_default(s) and policy_add_*: what a configuration file says, as all configuration
#   - static_assert, assert, preprocessor, what stands outside functions
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);

my %swap = ('<' => '<=', '<=' => '<', '>' => '>=', '>=' => '>', '==' => '!=', '!=' => '==', '&&' => '||', '||' => '&&');
my $not_a_function = qr/^(?:sip_\w+|\w*hash\w*|checksum|crc\w*|audit_\w+|\w*defaults?|policy_add_\w+)$/;
my %counted; # counters that somebody reads

sub slurp { my ($f) = @_; open my $h, '<', $f or die "$f: $!\n"; my @l = <$h>; chomp @l; return @l }

sub balanced {
	my ($s) = @_;
	$s =~ s/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'//g;
	my $depth = 0;
	for my $c (split //, $s) {
		$depth++ if $c eq '(';
		return 0 if $c eq ')' && --$depth < 0;
	}
	return $depth == 0;
}

sub squeeze { my ($s) = @_; $s =~ s/\s+/ /g; $s =~ s/^ | $//g; $s =~ s/([(\[]) /$1/g; return $s }

# The line where what begins at $i ends: a statement with its semicolon, a condition with its last parenthesis.
sub end_of {
	my ($l, $i, $stop) = @_;
	my $s = '';
	for my $j ($i .. ($i + 11 < $#$l ? $i + 11 : $#$l)) {
		$s .= " $l->[$j]";
		return $j if $l->[$j] =~ $stop && balanced($s);
	}
	return -1;
}

# Which lines are not to be changed, and for each of the others its function: undef, or a name.
sub functions {
	my ($l, $file) = @_;
	my (@of, $name, $inside, $comment);
	for my $i (0 .. $#$l) {
		my $s = $l->[$i];
		$comment = 1 if $s =~ m{^\s*/\*} && $s !~ m{\*/};
		if ($comment) { $comment = 0 if $s =~ m{\*/}; next }
		$name = $1 if !$inside && $s =~ /^[a-z].*?(\w+)\(/;
		if ($s =~ /^\{/) { $inside = 1; next }
		if ($s =~ /^\}/) { $inside = 0; next }
		next unless $inside && $name;
		next if $name =~ $not_a_function || ($name eq 'rotate' && $file =~ /table\.c$/);
		next if $s =~ m{^\s*(?:/\*|\*|//|\#|static_assert|assert\b|$)};
		$of[$i] = $name;
	}
	# log lines, to their end, and the conditions that stand over nothing else, or over nothing but a release
	for my $i (0 .. $#$l) {
		next unless defined $of[$i] && $l->[$i] =~ /^\s*(log_\w+|secret_wipe|g_free|g_\w+_(?:unref|free)|g_clear_\w+)\(/;
		my $log = $1 =~ /^log/;
		my $end = end_of($l, $i, qr/;$/);
		next if $end < 0;
		if ($log) { undef $of[$_] for $i .. $end }
		my ($from, $after, $braces) = ($i - 1, $l->[$end + 1] // '', 0);
		if ($l->[$from] =~ /\{$/) {
			next unless $after =~ /^\s*\}$/;
			$braces = 1;
		} else {
			next if $l->[$from] !~ /\)$/ || $after =~ /^\s*(?:\} )?else\b/;
		}
		$from-- while $from > 0 && $l->[$from] !~ /^\s*(?:\} )?(?:else )?if \(/ && $l->[$from] !~ /;$|^\{/;
		next unless $l->[$from] =~ /^\s*(?:\} )?(?:else )?if \(/ && balanced(join ' ', @$l[$from .. $i - 1]);
		undef $of[$_] for $from .. $i - 1;
	}
	return @of;
}

sub is_bookkeeping {
	my ($s) = @_;
	return 1 if $s =~ /counters\.(\w+)(?:\+\+|--| [-+]= )/ && !$counted{$1};
	return 1 if $s =~ /^\s*[\w.>\[\]-]+(?:->|\.)(?:why|text|sent|\w*logged\w*) [+]?= /;
	return $s =~ /\bg_(?:mutex|rec_mutex)_\w+\(/;
}

# The ways to change what begins on line $i: [operator, words, { line => new text }]...
sub ways {
	my ($l, $i) = @_;
	my $s = $l->[$i];
	my @w;
	# a condition negated
	if ($s =~ /^(\s*(?:\} )?(?:else )?if \()/) {
		my $head = $1;
		my $end = end_of($l, $i, qr/\)\s*\{?$/);
		if ($end == $i) {
			(my $m = $s) =~ s/^\Q$head\E(.*)(\)\s*\{?)$/$head!($1)$2/;
			push @w, ['negate', squeeze($s), { $i => $m }];
		} elsif ($end > $i) {
			(my $first = $s) =~ s/^\Q$head\E/$head!(/;
			(my $last = $l->[$end]) =~ s/(\)\s*\{?)$/)$1/;
			push @w, ['negate', squeeze(join ' ', @$l[$i .. $end]), { $i => $first, $end => $last }];
		}
	}
	# a statement left out
	if ($s =~ /^\t+(?!return\b|goto\b|break\b|case\b|default\b|else\b|if\b|for\b|while\b|switch\b|do\b|static\b|const\b)[a-z_*]/) {
		my $end = end_of($l, $i, qr/;$/);
		my $all = $end < 0 ? '' : squeeze(join ' ', @$l[$i .. $end]);
		if ($all !~ /^[^(=]*(?:free|unref|wipe|clear)\w*\(/ && !is_bookkeeping($all) &&
			$all =~ /^\*?[a-z_]\w*(?:(?:->|\.)\w+|\[[^\]]*\])*(?:\(.*\)|\s*[-+|&^]?=\s.*|\+\+|--);$/ && balanced($all)) {
			my ($indent) = $s =~ /^(\t+)/;
			push @w, ['leave-out', $all, { $i => "$indent;", map { $_ => '' } $i + 1 .. $end }];
		}
	}
	return @w if is_bookkeeping($s);
	# an operator for its neighbour
	my $alone = $s =~ /^\s*(?:\} )?(?:else )?if \(/ && $s !~ /&&|\|\|/ && $s =~ /\)\s*\{?$/ && balanced($s); # negated already
	while ($s =~ / (<=|>=|==|!=|&&|\|\||<|>)(?= |$)/g) {
		my ($at, $op) = ($-[1], $1);
		next if substr($s, 0, $at) =~ m{/\*} || $alone && $op =~ /[!=]=/ && $op !~ /[<>]/;
		my $m = $s;
		substr($m, $at, length $op) = $swap{$op};
		push @w, ["swap$op", squeeze($s), { $i => $m }];
	}
	# a result turned round
	if ($s =~ /^(\s*)return (true|false);$/) {
		push @w, ['return', squeeze($s), { $i => $1 . 'return ' . ($2 eq 'true' ? 'false' : 'true') . ';' }];
	}
	if ($s =~ /^(\s*)return ERR_(?!OK)\w+;$/) {
		push @w, ['return', squeeze($s), { $i => "$1return ERR_OK;" }];
	}
	# a constant moved by one
	my $declares = $s =~ /^\s+(?:static |const )*(?:struct |unsigned |enum )?\w+ \**\w+(?:\[|[^=(]*, \w+\[)/;
	while ($s =~ /(?<![\w.])(\d+)(?=[uU]?\b(?![.\w]))/g) {
		my ($at, $n) = ($-[1], $1);
		my $before = substr($s, 0, $at);
		next if $before =~ m{/\*}; # a comment behind it
		next if length $n > 9 || $n =~ /^0./ || $before =~ /"[^"]*$/ || $before =~ /\b(?:log_\w+|g_(?:new|new0|renew|malloc0?))\([^;]*$/;
		next if $declares && $before !~ /=/ && $before =~ /\[[^\]]*$/;
		next if $before =~ /^\s*struct fault \w+ = \{ $/;
		my $m = $s;
		substr($m, $at, length $n) = $n + 1;
		push @w, ['constant', squeeze($s), { $i => $m }];
	}
	# a status or flag for another
	while ($s =~ /\b(STUB_(?:OK|NOT_FOUND|EXPIRED|EXISTS|CONFLICT|NOT_AUTHORISED|MALFORMED|UNSUPPORTED|BUSY))\b/g) {
		my ($at, $n) = ($-[1], $1);
		next if $s =~ /^\s*case /;
		my $m = $s;
		substr($m, $at, length $n) = $n eq 'STUB_CONFLICT' ? 'STUB_NOT_FOUND' : 'STUB_CONFLICT';
		push @w, ['status', squeeze($s), { $i => $m }];
	}
	return @w;
}

# Every change of a file, through $each->(key, line, operator, function, lines, changed).
sub changes {
	my ($file, $each) = @_;
	my @l = slurp($file);
	my @of = functions(\@l, $file);
	my ($base) = $file =~ m{([^/]+)$};
	my %seen;
	for my $i (0 .. $#l) {
		next unless defined $of[$i];
		for my $w (ways(\@l, $i)) {
			my $what = join "\0", $base, $of[$i], $w->[1], $w->[0];
			$each->(substr(md5_hex(join "\0", $what, $seen{$what}++), 0, 12), $i, $w->[0], $of[$i], \@l, $w->[2]);
		}
	}
}

sub print_patch {
	my ($file, $l, $changed) = @_;
	my ($first, $last) = (sort { $a <=> $b } keys %$changed)[0, -1];
	my ($from, $to) = ($first - 3, $last + 3);
	$from = 0 if $from < 0;
	$to = $#$l if $to > $#$l;
	my $count = $to - $from + 1;
	my $at = $from + 1;
	print "--- a/$file\n+++ b/$file\n@@ -$at,$count +$at,$count @@\n";
	for my $i ($from .. $to) {
		print exists $changed->{$i} ? "-$l->[$i]\n+$changed->{$i}\n" : " $l->[$i]\n";
	}
}

my $what = shift // '';
die "usage: mutate.pl list FILE... | patch KEY FILE... | source KEY FILE...\n" unless $what =~ /^(?:list|patch|source)$/;
my $wanted = $what eq 'list' ? '' : shift // '';
for my $file (@ARGV) {
	for my $s (slurp($file)) {
		while ($s =~ /counters\.(\w+)(?!\w|\+\+|--| [-+]= )/g) { $counted{$1} = 1 }
	}
}
my $found = 0;
for my $file (@ARGV) {
	changes($file, sub {
		my ($key, $i, $op, $function, $l, $changed) = @_;
		if ($what eq 'list') {
			print join(' ', $key, $file, $i + 1, $op, $function), "\n";
		} elsif ($key eq $wanted && !$found++) {
			if ($what eq 'patch') { print_patch($file, $l, $changed) }
			else { print +(exists $changed->{$_} ? $changed->{$_} : $l->[$_]), "\n" for 0 .. $#$l }
		}
	});
}
die "no change $wanted\n" unless $what eq 'list' || $found;
