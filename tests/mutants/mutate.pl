#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# mutate.pl list FILE...           every small change of these sources, one a line: KEY FILE LINE OPERATOR N
# mutate.pl patch FILE LINE OPERATOR N     that change as a patch
# The key does not depend on line numbers, so that a record of equivalent ones lives through moves.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);

my %swap = ('<' => '<=', '<=' => '<', '>' => '>=', '>=' => '>', '==' => '!=', '!=' => '==', '&&' => '||', '||' => '&&');

sub slurp { my ($f) = @_; open my $h, '<', $f or die "$f: $!\n"; my @l = <$h>; chomp @l; return @l }

# The ways to change one line, as pairs of operator and new line.
sub ways {
	my ($l) = @_;
	my @w;
	return () if $l =~ m{^\s*(/\*|\*|//|#|log_|static_assert|assert)} || $l =~ /\b(log_\w+|LOG)\(/;
	# a condition negated
	if ($l =~ /^(\s*(?:\} else )?(?:else )?if \()(.*)(\)\s*\{?)$/ && balanced($2)) {
		push @w, ['negate', "$1!($2)$3"];
	}
	# an operator for its neighbour
	while ($l =~ / (<=|>=|==|!=|&&|\|\||<|>)(?= |$)/g) {
		my ($at, $op) = ($-[1], $1);
		my $m = $l;
		substr($m, $at, length $op) = $swap{$op};
		push @w, ["swap$op", $m];
	}
	# a statement left out
	if ($l !~ /(?:free|unref|wipe|clear)\w*\(/ && $l =~ /^(\t+)(?!return\b|goto\b|break\b|case\b|default\b|else\b|if\b|for\b|while\b|switch\b|do\b)([a-z_]\w*(?:(?:->|\.)\w+|\[[^\]]*\])*(?:\(.*\)|\s*[-+|&]?=\s.*|\+\+|--));$/ && balanced($2)) {
		push @w, ['leave-out', "$1;"];
	}
	# a result turned round
	if ($l =~ /^(\s*)return (true|false);$/) {
		push @w, ['return', $1 . 'return ' . ($2 eq 'true' ? 'false' : 'true') . ';'];
	}
	if ($l =~ /^(\s*)return ERR_(?!OK)\w+;$/) {
		push @w, ['return', "$1return ERR_OK;"];
	}
	# a constant moved by one
	while ($l =~ /(?<![\w.])(\d+)(?=[uU]?\b(?![.\w]))/g) {
		my ($at, $n) = ($-[1], $1);
		next if length $n > 9 || substr($l, 0, $at) =~ /"[^"]*$/;
		my $m = $l;
		substr($m, $at, length $n) = $n + 1;
		push @w, ['constant', $m];
	}
	# a status or flag for another
	while ($l =~ /\b(STUB_(?:OK|NOT_FOUND|EXPIRED|EXISTS|CONFLICT|NOT_AUTHORISED|MALFORMED|UNSUPPORTED|BUSY))\b/g) {
		my ($at, $n) = ($-[1], $1);
		next if $l =~ /^\s*case /;
		my $m = $l;
		substr($m, $at, length $n) = $n eq 'STUB_CONFLICT' ? 'STUB_NOT_FOUND' : 'STUB_CONFLICT';
		push @w, ['status', $m];
	}
	return @w;
}

sub balanced {
	my ($s) = @_;
	my $depth = 0;
	for my $c (split //, $s) {
		$depth++ if $c eq '(';
		return 0 if $c eq ')' && --$depth < 0;
	}
	return $depth == 0;
}

my $what = shift // '';
if ($what eq 'list') {
	for my $file (@ARGV) {
		my @lines = slurp($file);
		my ($comment, $body, %seen) = (0, 0);
		for my $i (0 .. $#lines) {
			my $l = $lines[$i];
			$comment = 1 if $l =~ m{^\s*/\*} && $l !~ m{\*/};
			if ($comment) { $comment = 0 if $l =~ m{\*/}; next }
			# inside functions: between a brace in the first column and the next one
			if ($l =~ /^\{/) { $body = 1; next }
			if ($l =~ /^\}/) { $body = 0; next }
			next unless $body;
			my $n = 0;
			for my $w (ways($l)) {
				(my $text = $l) =~ s/\s+/ /g;
				my $key = substr(md5_hex(join "\0", $file, $text, @$w[0], $n, $seen{"$text$n"}++), 0, 12);
				print join(' ', $key, $file, $i + 1, $w->[0], $n), "\n";
				$n++;
			}
		}
	}
} elsif ($what eq 'patch' && @ARGV == 4) {
	my ($file, $line, $op, $n) = @ARGV;
	my @lines = slurp($file);
	my @w = ways($lines[$line - 1]);
	die "$file:$line has no way $n\n" unless $w[$n] && $w[$n][0] eq $op;
	my ($from, $to) = ($line - 3, $line + 3);
	$from = 1 if $from < 1;
	$to = @lines if $to > @lines;
	my $count = $to - $from + 1;
	print "--- a/$file\n+++ b/$file\n@@ -$from,$count +$from,$count @@\n";
	for my $i ($from .. $to) {
		if ($i == $line) { print "-$lines[$i - 1]\n+$w[$n][1]\n" } else { print " $lines[$i - 1]\n" }
	}
} else {
	die "usage: mutate.pl list FILE... | patch FILE LINE OPERATOR N\n";
}
