using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Tests.Ptx.Syntax;

/// <summary>Broken statements with the place and the reason that the first error gives.</summary>
[TestFixture]
public class StatementRefusalTests
{
    /// <summary>Column, statement, kind and message.</summary>
    private const string Broken =
        """
        1 | fma.f32 %f1, %f2, %f3, %f4; | modifier: fma.f32 needs a rounding modifier: .rn, .rz, .rm or .rp
        1 | div.f32 %f1, %f2, %f3; | modifier: div.f32 needs a rounding modifier: .rn, .rz, .rm, .rp, .approx or .full
        1 | rcp.f32 %f1, %f2; | modifier: rcp.f32 needs a rounding modifier: .rn, .rz, .rm, .rp or .approx
        1 | sqrt.f32 %f1, %f2; | modifier: sqrt.f32 needs a rounding modifier: .rn, .rz, .rm, .rp or .approx
        1 | ex2.f32 %f1, %f2; | modifier: ex2.f32 needs .approx
        15 | ex2.approx.ftz.f64 %d1, %d2; | modifier: ex2.approx.ftz.f64: the type .f64 is not allowed here; ex2 takes .f32, .f16, .f16x2, .bf16, .bf16x2
        4 | add.ftz.f64 %d1, %d2, %d3; | modifier: add.ftz.f64: .ftz is not allowed with add.f64
        4 | add.rni.f32 %f1, %f2, %f3; | modifier: add.rni.f32: .rni is not allowed with add.f32
        1 | mul.s32 %r1, %r2, %r3; | modifier: mul.s32 needs .lo, .hi or .wide
        4 | mul.wide.s64 %rd1, %rd2, %rd3; | modifier: mul.wide.s64: .wide is not allowed with mul.s64
        14 | mul.wide.s32 %r1, %r2, %r3; | type: mul.wide.s32: %r1 is .b32, .s64 is needed
        12 | mul.lo.s32 %rd1, %r2, %r3; | type: mul.lo.s32: %rd1 is .b64, .s32 is needed
        30 | mad.wide.u32 %rd1, %r2, %r3, %r4; | type: mad.wide.u32: %r4 is .b32, .u64 is needed
        1 | add.s32 %r1, %r2; | operand: add.s32 takes 3 operands, not 2
        1 | add.s32 %r1, %r2, %r3, %r4; | operand: add.s32 takes 3 operands, not 4
        19 | add.s32 %r1, %r2, %rd3; | type: add.s32: %rd3 is .b64, .s32 is needed
        19 | add.s32 %r1, %r2, %f3; | type: add.s32: %f3 is .f32, .s32 is needed
        19 | add.f32 %f1, %f2, %s32; | type: add.f32: %s32 is .s32, .f32 is needed
        19 | add.f32 %f1, %f2, 1; | literal: add.f32: an integer literal stands where .f32 is expected; write it with a point, or as 0f or 0d bits
        19 | add.s32 %r1, %r2, 1.0; | literal: add.s32: a floating-point literal stands where .s32 is expected
        19 | add.s32 %r1, %r2, 0f3F800000; | literal: add.s32: a floating-point literal stands where .s32 is expected
        4 | and.s32 %r1, %r2, %r3; | modifier: and.s32: the type .s32 is not allowed here; and takes .pred, .b16, .b32, .b64
        4 | and.u32 %r1, %r2, %r3; | modifier: and.u32: the type .u32 is not allowed here; and takes .pred, .b16, .b32, .b64
        4 | not.u32 %r1, %r2; | modifier: not.u32: the type .u32 is not allowed here; not takes .pred, .b16, .b32, .b64
        4 | shl.u32 %r1, %r2, %r3; | modifier: shl.u32: the type .u32 is not allowed here; shl takes .b16, .b32, .b64
        21 | shl.b64 %rd1, %rd2, %rd3; | type: shl.b64: %rd3 is .b64, .u32 is needed
        21 | shr.u64 %rd1, %rd2, %rd3; | type: shr.u64: %rd3 is .b64, .u32 is needed
        5 | setp.lt.b32 %p1, %r1, %r2; | modifier: setp.lt.b32: .lt is not allowed with setp.b32
        13 | setp.eq.s32 %r1, %r1, %r2; | type: setp.eq.s32: %r1 is .b32, a predicate is needed
        5 | setp.ltu.s32 %p1, %r1, %r2; | modifier: setp.ltu.s32: .ltu is not allowed with setp.s32
        5 | setp.lo.s32 %p1, %r1, %r2; | modifier: setp.lo.s32: .lo is not allowed with setp.s32
        17 | setp.lt.s32 %p1|%r2, %r1, %r2; | type: setp.lt.s32: %r2 is .b32, a predicate is needed
        1 | setp.s32 %p1, %r1, %r2; | modifier: setp.s32 needs a comparison: .eq, .ne, .lt, .le, .gt or .ge
        25 | selp.b32 %r1, %r2, %r3, %r4; | type: selp.b32: %r4 is .b32, a predicate is needed
        25 | selp.b32 %r1, %r2, %r3, !%p1; | operand: selp.b32: '!' cannot stand before this operand
        5 | selp.pred %p1, %p2, %p3, %p4; | modifier: selp.pred: the type .pred is not allowed here; selp takes .b16, .b32, .b64, .u16, .s16, .u32, .s32, .u64, .s64, .f32, .f64
        15 | ld.global.u64 %r1, [%rd1]; | type: ld.global.u64: %r1 is .b32, .u64 is needed
        15 | ld.global.f32 %r64, [%rd1]; | undeclared: %r64 is not declared
        15 | ld.global.f32 %u32, [%rd1]; | type: ld.global.f32: %u32 is .u32, .f32 is needed
        15 | ld.global.f64 %f1, [%rd1]; | type: ld.global.f64: %f1 is .f32, .f64 is needed
        15 | ld.global.u32 %f1, [%rd1]; | type: ld.global.u32: %f1 is .f32, .u32 is needed
        15 | ld.global.s32 %p1, [%rd1]; | type: ld.global.s32: %p1 is .pred, .s32 is needed
        20 | ld.global.u32 %r1, %rd1; | operand: ld.global.u32 needs an address in brackets here
        15 | ld.global.u32 [%rd1], %r1; | operand: ld.global.u32: an address in brackets cannot stand here
        21 | ld.global.u32 %r1, [%f1]; | type: ld.global.u32: %f1 is .f32; an address needs a 32- or 64-bit integer register
        21 | ld.global.u32 %r1, [%h1]; | type: ld.global.u32: %h1 is .b16; an address needs a 32- or 64-bit integer register
        10 | ld.global.v3.u32 {%r1,%r2,%r3}, [%rd1]; | modifier: unknown modifier .v3
        18 | ld.global.v4.u64 {%rd1,%rd2,%rd3,%rd4}, [%rd1]; | operand: ld.global.v4.u64 moves 32 bytes; a vector holds at most 16
        18 | ld.global.v4.u32 {%r1,%r2}, [%rd1]; | operand: ld.global.v4.u32 needs a vector of 4 here, not of 2
        18 | ld.global.v4.u32 %r1, [%rd1]; | operand: ld.global.v4.u32 needs a vector of 4 here: {r, r, r, r}
        31 | ld.global.v4.u32 {%r1,%r2,%r3,%f1}, [%rd1]; | type: ld.global.v4.u32: %f1 is .f32, .u32 is needed
        15 | ld.global.u32 {%r1,%r2}, [%rd1]; | operand: ld.global.u32: a vector cannot stand here
        10 | ld.shared.nc.u32 %r1, [%r1]; | modifier: ld.shared.nc.u32: .nc is not allowed with ld.shared.u32
        1 | ld.nc.u32 %r1, [%rd1]; | modifier: ld.nc.u32 needs a state space: .global
        3 | ld.volatile.ca.global.u32 %r1, [%rd1]; | modifier: ld.volatile.ca.global.u32: .volatile is not allowed with ld.ca.global.u32
        1 | ld.global.relaxed.u32 %r1, [%rd1]; | modifier: ld.global.relaxed.u32 needs a scope: .cta, .cluster, .gpu or .sys
        13 | ld.global.ca.cg.u32 %r1, [%rd1]; | modifier: ld.global.ca.cg.u32: .cg excludes .ca
        10 | ld.shared.global.u32 %r1, [%rd1]; | modifier: ld.shared.global.u32: .global excludes .shared
        10 | ld.global.pred %p1, [%rd1]; | modifier: ld.global.pred: the type .pred is not allowed here; ld takes .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .f32, .f64
        10 | ld.global.b128 %rd1, [%rd1]; | unsupported: ld.global.b128: .b128 is not supported
        20 | ld.param.u64 %rd1, [block+12]; | range: ld.param.u64 reaches bytes 12 to 19 of block, which has 16
        20 | ld.param.u64 %rd1, [count]; | range: ld.param.u64 reaches bytes 0 to 7 of count, which has 4
        20 | ld.param.u32 %r1, [nosuch]; | undeclared: nosuch is not declared
        21 | ld.global.u32 %r1, [tile]; | space: ld.global.u32: tile lies in .shared
        21 | ld.shared.u32 %r1, [data]; | space: ld.shared.u32: data lies in .global
        26 | ld.global.u32 %r1, [%rd1+%rd2]; | syntax: an offset expected, found '%rd2'
        3 | st.const.u32 [table], %r1; | modifier: st.const.u32: .const memory is read only
        15 | st.param.u32 [count], %r1; | space: st.param.u32: count is a parameter of the kernel and read only
        1 | st.global.u32 [%rd1], %rd2, %r1; | operand: st.global.u32 takes 2 operands, not 3
        23 | st.global.u64 [%rd1], %r2; | type: st.global.u64: %r2 is .b32, .u64 is needed
        23 | st.global.f32 [%rd1], 1; | literal: st.global.f32: an integer literal stands where .f32 is expected; write it with a point, or as 0f or 0d bits
        23 | st.global.u32 [%rd1], 1.5; | literal: st.global.u32: a floating-point literal stands where .u32 is expected
        10 | st.global.nc.u32 [%rd1], %r1; | modifier: st.global.nc.u32: .nc is not allowed with st.global.u32
        10 | st.global.acquire.gpu.u32 [%rd1], %r1; | modifier: st.global.acquire.gpu.u32: .acquire is not allowed with st.global.gpu.u32
        10 | st.global.ca.u32 [%rd1], %r1; | modifier: st.global.ca.u32: .ca is not allowed with st.global.u32
        5 | atom.local.add.u32 %r1, [stack], %r2; | modifier: atom.local.add.u32: atomics work on .global and .shared memory, not on .local
        12 | atom.global.add.s64 %rd1, [%rd1], %rd2; | modifier: atom.global.add.s64: .add is not allowed with atom.global.s64
        12 | atom.global.min.f32 %f1, [%rd1], %f2; | modifier: atom.global.min.f32: .min is not allowed with atom.global.f32
        12 | atom.global.and.u32 %r1, [%rd1], %r2; | modifier: atom.global.and.u32: .and is not allowed with atom.global.u32
        1 | atom.global.cas.b32 %r1, [%rd1], %r2; | operand: atom.global.cas.b32 takes 4 to 5 operands, not 3
        12 | atom.global.exch.u32 %r1, [%rd1], %r2; | modifier: atom.global.exch.u32: .exch is not allowed with atom.global.u32
        1 | atom.global.add.f16 %h1, [%rd1], %h2; | modifier: atom.global.add.f16 needs .noftz
        1 | atom.add.u32 [%rd1], %r2; | operand: atom.add.u32 takes 3 to 4 operands, not 2
        20 | red.global.add.u32 %r1, [%rd1], %r2; | operand: red.global.add.u32 needs an address in brackets here
        11 | red.global.cas.b32 [%rd1], %r2, %r3; | modifier: red.global.cas.b32: .cas is not allowed with red.global.b32
        12 | atom.shared.inc.s32 %r1, [%r2], %r3; | modifier: atom.shared.inc.s32: .inc is not allowed with atom.shared.s32
        1 | cvt.f32.s32 %f1, %r1; | modifier: cvt.f32.s32 needs a rounding modifier: .rn, .rz, .rm or .rp
        4 | cvt.rni.f32.s32 %f1, %r1; | modifier: cvt.rni.f32.s32: .rni is not allowed with cvt.f32.s32
        4 | cvt.rn.s32.f32 %r1, %f1; | modifier: cvt.rn.s32.f32: .rn is not allowed with cvt.s32.f32
        1 | cvt.s32.f32 %r1, %f1; | modifier: cvt.s32.f32 needs an integer rounding modifier: .rni, .rzi, .rmi or .rpi
        4 | cvt.rn.f64.f32 %d1, %f1; | modifier: cvt.rn.f64.f32: .rn is not allowed with cvt.f64.f32
        4 | cvt.rn.f32.f16 %f1, %h1; | modifier: cvt.rn.f32.f16: .rn is not allowed with cvt.f32.f16
        1 | cvt.f32.f64 %f1, %d1; | modifier: cvt.f32.f64 needs a rounding modifier: .rn, .rz, .rm or .rp
        4 | cvt.rn.s32.u32 %r1, %r2; | modifier: cvt.rn.s32.u32: .rn is not allowed with cvt.s32.u32
        17 | cvt.rn.bf16.f32 %r1, %f1; | type: cvt.rn.bf16.f32: %r1 is .b32, .bf16 is needed
        4 | cvt.rm.bf16.f32 %h1, %f1; | modifier: cvt.rm.bf16.f32: .rm is not allowed with cvt.bf16.f32
        1 | cvt.bf16.f32 %h1, %f1; | modifier: cvt.bf16.f32 needs a rounding modifier: .rn or .rz
        1 | cvt.rn.bf16x2.f32 %r1, %f1; | operand: cvt.rn.bf16x2.f32 takes 3 operands, not 2
        18 | cvt.rn.f16x2.f32 %h1, %f1, %f2; | type: cvt.rn.f16x2.f32: %h1 is .b16, .f16x2 is needed
        16 | cvt.rn.tf32.f32.f32 %r1, %f1; | modifier: cvt.rn.tf32.f32.f32: .f32 is written twice
        18 | cvt.rna.tf32.f32 %f1, %f2; | type: cvt.rna.tf32.f32: %f1 is .f32, .tf32 is needed
        11 | cvt.rn.f32.b32 %f1, %r1; | modifier: cvt.rn.f32.b32: the type .b32 is not allowed here; cvt takes .u8, .s8, .u16, .s16, .u32, .s32, .u64, .s64, .f32, .f16, .f64, .bf16, .f16x2, .bf16x2, .tf32
        18 | cvt.u32.u64 %r1, %r2; | type: cvt.u32.u64: %r2 is .b32, .u64 is needed
        13 | cvt.u64.u32 %r1, %r2; | type: cvt.u64.u32: %r1 is .b32, .u64 is needed
        20 | cvta.to.global.u64 %r1, %rd2; | type: cvta.to.global.u64: %r1 is .b32, .u64 is needed
        15 | cvta.to.shared.u32 %r1, %r2; | modifier: cvta.to.shared.u32: the type .u32 is not allowed here; cvta takes .u64
        1 | cvta.u64 %rd1, %rd2; | modifier: cvta.u64 needs a state space: .global, .local, .shared, .shared::cta, .const, .param or .param::entry
        23 | cvta.global.u64 %rd1, tile; | space: cvta.global.u64: tile lies in .shared
        14 | mov.u32 %r1, %rd2; | type: mov.u32: %rd2 is .b64, .u32 is needed
        14 | mov.s32 %r1, %f1; | type: mov.s32: %f1 is .f32, .s32 is needed
        9 | mov.u32 %tid.x, %r1; | operand: mov.u32: %tid.x is a special register and cannot be written
        9 | mov.u32 5, %r1; | operand: mov.u32: the destination must be a register, not a constant
        14 | mov.u32 %r1, [%rd1]; | operand: mov.u32: an address in brackets cannot stand here
        15 | mov.u64 %rd1, %tid.x; | type: mov.u64: %tid.x is .u32, .u64 is needed
        14 | mov.u32 %r1, %clock64; | type: mov.u32: %clock64 is .u64, .u32 is needed
        14 | mov.u32 %r1, %tid; | operand: %tid is a vector: %tid.x, .y or .z
        14 | mov.u32 %r1, %tid.q; | operand: %tid has no component .q
        14 | mov.u32 %r1, %laneid.x; | undeclared: %laneid.x is not declared
        15 | mov.pred %p1, %r1; | type: mov.pred: %r1 is .b32, a predicate is needed
        14 | mov.u32 %r1, %p1; | type: mov.u32: %p1 is .pred, .u32 is needed
        21 | mov.b64 %rd1, {%r1, %rd2}; | type: mov.b64: %rd2 is .b64, .b32 is needed
        15 | mov.b64 %rd1, {%r1, %r2, %r3}; | operand: mov.b64: a vector cannot stand here
        15 | mov.b32 {%h1, %r2}, %r1; | type: mov.b32: %r2 is .b32, .b16 is needed
        14 | mov.u16 %h1, 65536; | literal: mov.u16: the value 65536 does not fit into .u16
        14 | mov.u32 %r1, 0x1FFFFFFFF; | literal: mov.u32: the value 8589934591 does not fit into .u32
        14 | mov.u32 %r1, 4294967296; | literal: mov.u32: the value 4294967296 does not fit into .u32
        14 | mov.f32 %f1, 0f3F80000; | syntax: '0f3F80000' is no literal: 0f takes exactly 8 hexadecimal digits, 0d exactly 16
        14 | mov.f64 %d1, 0d3FF00000; | syntax: '0d3FF00000' is no literal: 0f takes exactly 8 hexadecimal digits, 0d exactly 16
        14 | mov.u32 %r1, 08; | syntax: '08' is no integer literal of at most 64 bits
        14 | mov.u32 %r1, 0xG1; | syntax: '0xG1' is no integer literal of at most 64 bits
        19 | mov.u32 %r1, tile+; | syntax: an offset expected, found ';'
        2 | @%r1 bra L1; L1: | type: the guard %r1 is .b32, a predicate is needed
        2 | @%p9 add.s32 %r1, %r2, %r3; | undeclared: %p9 is not declared
        6 | @%p1 @%p2 add.s32 %r1, %r2, %r3; | syntax: an instruction expected, found '@'
        3 | @!!%p1 add.s32 %r1, %r2, %r3; | syntax: a predicate register expected, found '!'
        5 | bra nowhere; | undeclared: the label nowhere is not defined in this function
        5 | bra %r1; | undeclared: the label %r1 is not defined in this function
        5 | bra 12; | operand: bra needs a label
        4 | bra.sync L2; L2: | modifier: bra.sync: .sync is not allowed with bra
        6 | dup: dup: | redeclared: the label dup is declared already
        5 | bra L; { L: } | undeclared: the label L is not defined in this function
        6 | call nothing; | undeclared: the function nothing is not declared
        18 | call.uni (slot), kernel, (slot); | operand: call.uni: kernel is a kernel and cannot be called
        1 | ret %r1; | operand: ret takes 0 operands, not 1
        1 | exit 0; | operand: exit takes 0 operands, not 1
        1 | shfl.up.b32 %r1, %r2, 1, 0; | modifier: shfl.up.b32 needs .sync
        1 | shfl.sync.up.b32 %r1, %r2, 1, 0; | operand: shfl.sync.up.b32 takes 5 operands, not 4
        1 | shfl.sync.b32 %r1, %r2, 1, 0, -1; | modifier: shfl.sync.b32 needs .up, .down, .bfly or .idx
        14 | shfl.sync.idx.u32 %r1, %r2, 1, 31, -1; | modifier: shfl.sync.idx.u32: the type .u32 is not allowed here; shfl takes .b32
        14 | shfl.sync.idx.b64 %rd1, %rd2, 1, 31, -1; | modifier: shfl.sync.idx.b64: the type .b64 is not allowed here; shfl takes .b32
        23 | shfl.sync.idx.b32 %r1|%r2, %r2, 1, 31, -1; | type: shfl.sync.idx.b32: %r2 is .b32, a predicate is needed
        1 | vote.all.pred %p1, %p2; | modifier: vote.all.pred needs .sync
        1 | vote.sync.ballot.b32 %r1, %p2; | operand: vote.sync.ballot.b32 takes 3 operands, not 2
        10 | vote.sync.ballot.pred %p1, %p2, -1; | modifier: vote.sync.ballot.pred: .ballot is not allowed with vote.sync.pred
        10 | vote.sync.all.b32 %r1, %p2, -1; | modifier: vote.sync.all.b32: .all is not allowed with vote.sync.b32
        27 | vote.sync.ballot.b32 %r1, %r2, -1; | type: vote.sync.ballot.b32: %r2 is .b32, a predicate is needed
        15 | redux.sync.add.f32 %f1, %f2, -1; | modifier: redux.sync.add.f32: the type .f32 is not allowed here; redux takes .u32, .s32, .b32
        11 | redux.sync.and.u32 %r1, %r2, -1; | modifier: redux.sync.and.u32: .and is not allowed with redux.sync.u32
        11 | redux.sync.add.b32 %r1, %r2, -1; | modifier: redux.sync.add.b32: .add is not allowed with redux.sync.b32
        15 | match.sync.any.b16 %h1, %h2, -1; | modifier: match.sync.any.b16: the type .b16 is not allowed here; match takes .b32, .b64
        10 | bar.sync 16; | literal: bar.sync: the constant here must be 0 to 15, not 16
        13 | bar.sync 0, 33; | literal: bar.sync: the constant here must be a positive multiple of 32, not 33
        13 | bar.sync 0, 0; | literal: bar.sync: the constant here must be a positive multiple of 32, not 0
        1 | bar.sync; | operand: bar.sync takes 1 to 2 operands, not 0
        1 | bar.arrive 0; | operand: bar.arrive takes 2 operands, not 1
        1 | bar 0; | modifier: bar needs .sync or .arrive
        8 | bar.red.add.u32 %r1, 0, %p1; | modifier: bar.red.add.u32: .add is not allowed with bar.red.u32
        26 | bar.red.popc.u32 %r1, 0, %r2; | type: bar.red.popc.u32: %r2 is .b32, a predicate is needed
        18 | bar.red.and.pred %r1, 0, %p2; | type: bar.red.and.pred: %r1 is .b32, a predicate is needed
        21 | barrier.sync.aligned.all 0; | modifier: barrier.sync.aligned.all: .all is not allowed with barrier.sync.aligned
        7 | membar.gpu; | modifier: membar.gpu: .gpu is not allowed with membar
        1 | membar; | modifier: membar needs .cta, .gl or .sys
        10 | fence.cta.gpu; | modifier: fence.cta.gpu: .gpu excludes .cta
        6 | fence.relaxed.cta; | modifier: fence.relaxed.cta: .relaxed is not allowed with fence.cta
        42 | ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1,%r2}, [%r3]; | operand: ldmatrix.sync.aligned.m8n8.x4.shared.b16 needs a vector of 4 here, not of 2
        27 | ldmatrix.sync.aligned.m8n8.x3.shared.b16 {%r1,%r2,%r3}, [%r3]; | modifier: unknown modifier .x3
        30 | ldmatrix.sync.aligned.m8n8.x4.global.b16 {%r1,%r2,%r3,%r4}, [%rd3]; | modifier: ldmatrix.sync.aligned.m8n8.x4.global.b16: the state space .global is not allowed here; ldmatrix takes .shared, .shared::cta
        1 | ldmatrix.aligned.m8n8.x4.shared.b16 {%r1,%r2,%r3,%r4}, [%r3]; | modifier: ldmatrix.aligned.m8n8.x4.shared.b16 needs .sync
        1 | ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%f1,%r2}, [tile], %r1; | operand: ldmatrix.sync.aligned.m8n8.x2.shared.b16 takes 2 operands, not 3
        37 | ldmatrix.sync.aligned.m8n8.x2.shared.b32 {%r1,%r2}, [tile]; | modifier: ldmatrix.sync.aligned.m8n8.x2.shared.b32: the type .b32 is not allowed here; ldmatrix takes .b16
        1 | ldmatrix.sync.aligned.x4.shared.b16 {%r1,%r2,%r3,%r4}, [%r3]; | modifier: ldmatrix.sync.aligned.x4.shared.b16 needs the shape: .m8n8
        72 | mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%f1,%f2,%f3,%f4}, {%r1,%r2}, {%f1,%f2,%f3,%f4}; | type: mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32: %f1 is .f32, an untyped 32-bit register is needed
        71 | mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2}, {%r1,%r2}, {%f1,%f2,%f3,%f4}; | operand: mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 needs a vector of 4 here, not of 2
        25 | mma.sync.aligned.m16n8k8.col.row.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2,%r3,%r4}, {%r1,%r2}, {%f1,%f2,%f3,%f4}; | modifier: mma.sync.aligned.m16n8k8.col.row.f32.tf32.tf32.f32: the layouts are .row.col, not .col.row
        17 | mma.sync.aligned.m16n8k16.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2,%r3,%r4}, {%r1,%r2}, {%f1,%f2,%f3,%f4}; | modifier: mma.sync.aligned.m16n8k16.row.col.f32.tf32.tf32.f32: .m16n8k16 is not allowed with mma.sync.aligned.row.col.f32.tf32.tf32.f32
        30 | mma.sync.aligned.m16n8k16.row.row.f32.bf16.bf16.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2,%r3,%r4}, {%r1,%r2}, {%f1,%f2,%f3,%f4}; | modifier: mma.sync.aligned.m16n8k16.row.row.f32.bf16.bf16.f32: .row is written twice
        1 | mma.sync.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2,%r3,%r4}, {%r1,%r2}, {%f1,%f2,%f3,%f4}; | modifier: mma.sync.m16n8k16.row.col.f32.bf16.bf16.f32 needs .aligned
        43 | mma.sync.aligned.m16n8k16.row.col.f32.bf16.f16.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2,%r3,%r4}, {%r1,%r2}, {%f1,%f2,%f3,%f4}; | modifier: mma.sync.aligned.m16n8k16.row.col.f32.bf16.f16.f32: the type .f16 is not allowed here; mma takes .f32, .tf32, .bf16, .f16
        44 | mma.sync.aligned.m16n8k16.row.col.bf16.bf16.bf16.bf16 {%r1,%r2}, {%r1,%r2,%r3,%r4}, {%r1,%r2}, {%r1,%r2}; | modifier: mma.sync.aligned.m16n8k16.row.col.bf16.bf16.bf16.bf16: the type .bf16 is not allowed here; mma takes .f32, .tf32, .bf16, .f16
        42 | cp.async.ca.shared.global [%r1], [%rd1], 12; | literal: cp.async.ca.shared.global: the constant here must be 4 or 8 or 16, not 12
        42 | cp.async.cg.shared.global [%r1], [%rd1], 8; | literal: cp.async.cg.shared.global: the constant here must be 16, not 8
        1 | cp.async.shared.global [%r1], [%rd1], 16; | modifier: cp.async.shared.global needs .ca or .cg
        19 | cp.async.ca.global.shared [%rd1], [%r1], 16; | modifier: cp.async.ca.global.shared: the state space .shared is not allowed here; cp.async takes .shared, .shared::cta, .global
        42 | cp.async.ca.shared.global [%r1], [%rd1], %r2; | operand: cp.async.ca.shared.global needs a constant here, not the register %r2
        45 | cp.async.ca.shared.global [%r1], [%rd1], 4, 8; | literal: cp.async.ca.shared.global: the source size 8 exceeds the copy's 4 bytes
        36 | cp.async.ca.shared.global [%rd1], [tile], 4; | space: cp.async.ca.shared.global: tile lies in .shared
        1 | cp.async.wait_group; | operand: cp.async.wait_group takes 1 operand, not 0
        21 | cp.async.wait_group %r1; | operand: cp.async.wait_group needs a constant here, not the register %r1
        21 | cp.async.wait_group -1; | literal: cp.async.wait_group: the constant here must be 0 to 2147483647, not -1
        1 | cp.async.commit_group 0; | operand: cp.async.commit_group takes 0 operands, not 1
        9 | cp.async.bulk.commit_group; | unsupported: cp.async.bulk.commit_group: .bulk is not supported
        30 | lop3.b32 %r1, %r2, %r3, %r4, 256; | literal: lop3.b32: the constant here must be 0 to 255, not 256
        30 | lop3.b32 %r1, %r2, %r3, %r4, %r5; | operand: lop3.b32 needs a constant here, not the register %r5
        9 | prmt.b32.xyz %r1, %r2, %r3, %r4; | modifier: unknown modifier .xyz
        4 | bfe.s16 %h1, %h2, 1, 2; | modifier: bfe.s16: the type .s16 is not allowed here; bfe takes .u32, .s32, .u64, .s64
        21 | bfe.u64 %rd1, %rd2, %rd3, 2; | type: bfe.u64: %rd3 is .b64, .u32 is needed
        1 | shf.l.b32 %r1, %r2, %r3, %r4; | modifier: shf.l.b32 needs .wrap or .clamp
        5 | popc.u32 %r1, %r2; | modifier: popc.u32: the type .u32 is not allowed here; popc takes .b32, .b64
        10 | popc.b64 %rd1, %rd2; | type: popc.b64: %rd1 is .b64, .u32 is needed
        9 | clz.b64 %rd1, %rd2; | type: clz.b64: %rd1 is .b64, .u32 is needed
        4 | abs.u32 %r1, %r2; | modifier: abs.u32: the type .u32 is not allowed here; abs takes .s16, .s32, .s64, .f32, .f64, .f16, .f16x2, .bf16, .bf16x2
        4 | neg.u32 %r1, %r2; | modifier: neg.u32: the type .u32 is not allowed here; neg takes .s16, .s32, .s64, .f32, .f64, .f16, .f16x2, .bf16, .bf16x2
        4 | add.sat.u32 %r1, %r2, %r3; | modifier: add.sat.u32: .sat is not allowed with add.u32
        4 | add.s8 %r1, %r2, %r3; | modifier: add.s8: the type .s8 is not allowed here; add takes .u16, .s16, .u32, .s32, .u64, .s64, .f32, .f64, .f16, .f16x2, .bf16, .bf16x2
        4 | add.b32 %r1, %r2, %r3; | modifier: add.b32: the type .b32 is not allowed here; add takes .u16, .s16, .u32, .s32, .u64, .s64, .f32, .f64, .f16, .f16x2, .bf16, .bf16x2
        4 | add.cc.f32 %f1, %f2, %f3; | modifier: add.cc.f32: .cc is not allowed with add.f32
        4 | min.ftz.f64 %d1, %d2, %d3; | modifier: min.ftz.f64: .ftz is not allowed with min.f64
        1 | tanh.f32 %f1, %f2; | modifier: tanh.f32 needs .approx
        12 | tanh.approx.ftz.f32 %f1, %f2; | modifier: tanh.approx.ftz.f32: .ftz is not allowed with tanh.approx.f32
        12 | tanh.approx.f64 %d1, %d2; | modifier: tanh.approx.f64: the type .f64 is not allowed here; tanh takes .f32, .f16, .f16x2, .bf16, .bf16x2
        11 | sin.approx.f64 %d1, %d2; | modifier: sin.approx.f64: the type .f64 is not allowed here; sin takes .f32
        6 | rsqrt.rn.f32 %f1, %f2; | modifier: rsqrt.rn.f32: .rn is not allowed with rsqrt.f32
        11 | lg2.approx.sat.f32 %f1, %f2; | modifier: lg2.approx.sat.f32: .sat is not allowed with lg2.approx.f32
        7 | div.rn.approx.f32 %f1, %f2, %f3; | modifier: div.rn.approx.f32: .approx is not allowed with div.rn.f32
        4 | div.full.f64 %d1, %d2, %d3; | modifier: div.full.f64: .full is not allowed with div.f64
        4 | div.rn.s32 %r1, %r2, %r3; | modifier: div.rn.s32: .rn is not allowed with div.s32
        4 | rem.f32 %f1, %f2, %f3; | modifier: rem.f32: the type .f32 is not allowed here; rem takes .u16, .s16, .u32, .s32, .u64, .s64
        7 | fma.rn.s32 %r1, %r2, %r3, %r4; | modifier: fma.rn.s32: the type .s32 is not allowed here; fma takes .f32, .f64, .f16, .f16x2, .bf16, .bf16x2
        7 | fma.rn.sat.f64 %d1,%d2,%d3,%d4; | modifier: fma.rn.sat.f64: .sat is not allowed with fma.rn.f64
        4 | fma.rz.f16x2 %r1, %r2, %r3, %r4; | modifier: fma.rz.f16x2: .rz is not allowed with fma.f16x2
        1 | mad.f32 %f1,%f2,%f3,%f4; | modifier: mad.f32 needs a rounding modifier: .rn, .rz, .rm or .rp
        1 | mad.s32 %r1,%r2,%r3,%r4; | modifier: mad.s32 needs .lo, .hi or .wide
        1 | testp.f32 %p1, %f1; | modifier: testp.f32 needs .finite, .infinite, .number, .notanumber, .normal or .subnormal
        9 | copysign.ftz.f32 %f1,%f2,%f3; | modifier: copysign.ftz.f32: .ftz is not allowed with copysign.f32
        9 | isspacep.u64 %p1, %rd1; | modifier: isspacep.u64: the type .u64 is not allowed here
        22 | isspacep.shared %p1, %r1; | type: isspacep.shared: %r1 is .b32, .u64 is needed
        1 | nanosleep.u32; | operand: nanosleep.u32 takes 1 operand, not 0
        1 | nanosleep 5; | modifier: nanosleep needs a type: .u32
        1 | activemask %r1; | modifier: activemask needs a type: .b32
        11 | activemask.u32 %r1; | modifier: activemask.u32: the type .u32 is not allowed here; activemask takes .b32
        1 | frobnicate.s32 %r1, %r2; | opcode: unknown instruction 'frobnicate'
        8 | add.s32.s32 %r1, %r2, %r3; | modifier: add.s32.s32: .s32 is written twice
        18 | add.s32 %r1, %r2 %r3; | syntax: ',' or ';' expected in add.s32, found '%r3'
        13 | add.s32 %r1,, %r3; | syntax: an operand expected, found ','
        15 | add.s32 %r1, (%r2), %r3; | syntax: a constant expected, found '%r2'
        9 | add.s32 {%r1}, %r2, %r3; | operand: add.s32: a vector cannot stand here
        9 | add.s32 _, %r2, %r3; | operand: add.s32: '_' cannot stand here
        14 | add.s32 %r1, _, %r3; | operand: add.s32: '_' cannot stand here
        14 | add.s32 %r1, !%r2, %r3; | operand: add.s32: '!' cannot stand before this operand
        15 | add.s32 %r1, -%r2, %r3; | syntax: a constant expected, found '%r2'
        14 | add.s32 %r1, %r16, %r3; | undeclared: %r16 is not declared
        14 | add.s32 %r1, r2, %r3; | undeclared: r2 is not declared
        9 | add.s32 %R1, %r2, %r3; | undeclared: %R1 is not declared
        9 | add.s32 %r01, %r2, %r3; | undeclared: %r01 is not declared
        1 | ADD.s32 %r1, %r2, %r3; | opcode: unknown instruction 'ADD'
        11 | .reg .b32 %r3; | redeclared: %r3 is declared already
        11 | .reg .f32 %f<4>; | redeclared: %f<4> declares a register that is declared already
        15 | .reg .b32 %x, %x; | redeclared: %x is declared already
        6 | .reg .bf16 %z; | type: there are no .bf16 registers; .b16 holds it
        6 | .reg .b128 %z; | unsupported: registers of .b128 are not supported
        6 | .reg .q32 %z; | type: .q32 is no type
        13 | .reg .b32 %z[4]; | syntax: ',' or ';' expected in the declaration, found '['
        13 | .shared .b8 tile[4]; | redeclared: tile is declared already
        16 | .shared .align 3 .b8 other[4]; | declaration: the alignment 3 is no power of two
        23 | .shared .b32 other[4] = {1,2,3,4}; | declaration: .shared variables cannot be initialised
        19 | .local .b32 other = 5; | declaration: .local variables cannot be initialised
        9 | .shared .pred other; | type: .pred is no type of a variable; predicates live in registers
        13 | .shared .b8 other[]; | declaration: other has no size
        19 | .shared .b8 other[-1]; | syntax: the size of the array must lie between 0 and 1099511627776
        1 | .nonsense; | syntax: unknown directive .nonsense
        1 | tex.2d.v4.f32.f32 {%f1,%f2,%f3,%f4}, [data, {%f1,%f2}]; | unsupported: tex.2d.v4.f32.f32 is not supported
        1 | suld.b.1d.b32.trap %r1, [data, {%r1}]; | unsupported: suld.b.1d.b32.trap is not supported
        1 | brx.idx %r1, table; | unsupported: brx.idx is not supported
        1 | wgmma.fence.sync.aligned; | unsupported: wgmma.fence.sync.aligned is not supported
        1 | mbarrier.init.shared.b64 [%r1], 1; | unsupported: mbarrier.init.shared.b64 is not supported
        1 | vadd.s32.s32.s32 %r1, %r2, %r3; | unsupported: vadd.s32.s32.s32 is not supported
        1 | tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [%r1], 32; | unsupported: tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 is not supported
        1 | wmma.load.a.sync.aligned.row.m16n16k16.shared.f16 {%r1}, [%r1], 16; | unsupported: wmma.load.a.sync.aligned.row.m16n16k16.shared.f16 is not supported
        """;

    /// <summary>Version and target that lack what the statement uses, then as above.</summary>
    private const string TooNew =
        """
        7.8 sm_80 | 1 | add.bf16 %h1, %h2, %h3; | version: add.bf16 needs .target sm_90 or later
        7.8 sm_80 | 1 | cvt.f32.bf16 %f1, %h1; | version: cvt.f32.bf16 needs .target sm_90 or later
        7.8 sm_80 | 1 | atom.global.add.noftz.bf16x2 %r1, [%rd1], %r2; | version: atom.global.add.noftz.bf16x2 needs .target sm_90 or later
        7.2 sm_80 | 4 | min.xorsign.abs.f32 %f1, %f2, %f3; | version: .xorsign needs .target sm_86 or later
        7.1 sm_80 | 3 | ld.shared::cta.u32 %r1, [tile]; | version: .shared::cta needs .version 7.8 or later
        7.1 sm_80 | 10 | ld.global.L1::evict_last.u32 %r1, [%rd1]; | version: .L1::evict_last needs .version 7.4 or later
        7.1 sm_80 | 1 | barrier.cta.sync 0; | version: barrier.cta.sync: .cta needs .version 7.8 or later
        7.0 sm_75 | 1 | redux.sync.add.u32 %r1, %r2, -1; | version: redux.sync.add.u32 needs .target sm_80 or later
        7.0 sm_75 | 1 | mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2,%r3,%r4}, {%r1,%r2}, {%f1,%f2,%f3,%f4}; | version: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 needs .target sm_80 or later
        7.0 sm_75 | 1 | cp.async.wait_all; | version: cp.async.wait_all needs .target sm_80 or later
        7.8 sm_80 | 14 | fence.acq_rel.cluster; | version: .cluster needs .target sm_90 or later
        7.8 sm_80 | 1 | ex2.approx.ftz.bf16 %h1, %h2; | version: ex2.approx.ftz.bf16 needs .target sm_90 or later
        """;

    private static IEnumerable<TestCaseData> BrokenStatements => Rows(Broken);

    private static IEnumerable<TestCaseData> TooNewStatements => Rows(TooNew);

    [TestCaseSource(nameof(BrokenStatements))]
    public void ABrokenStatementIsRefusedWithItsPlaceAndReason(string[] row) =>
        AssertFirstError(PtxText.Parse(row[1]), int.Parse(row[0]), row[2]);

    [TestCaseSource(nameof(TooNewStatements))]
    public void AFeatureAboveTheVersionOrTargetIsRefused(string[] row)
    {
        var target = row[0].Split(' ');

        AssertFirstError(PtxText.Parse(row[2], target[0], target[1]), int.Parse(row[1]), row[3]);
    }

    [Test]
    public void ReadingGoesOnAfterAnError()
    {
        var result = PtxText.Parse("fma.f32 %f1, %f2, %f3, %f4;\nadd.s32 %r1, %r2, %r3;\nmov.u32 %r1, %rd2\nadd.s32 %r1 %r2;\nbra nowhere;");

        Assert.That(result.Module, Is.Null);
        Assert.That(
            result.Diagnostics.Select(found => found.Position!.Value.Line - PtxText.FirstLine),
            Is.EqualTo(new[] { 0, 2, 3, 4 }));
    }

    [Test]
    public void TheExceptionListsEveryErrorWithFileLineAndColumn()
    {
        var exception = Assert.Throws<PtxException>(() => PtxParser.ParseOrThrow(PtxText.Kernel("fma.f32 %f1, %f2, %f3, %f4;\nbra nowhere;"), "a.ptx"))!;

        Assert.That(exception.Message.Split(Environment.NewLine), Is.EqualTo(new[]
        {
            $"a.ptx:{PtxText.FirstLine}:1: error: modifier: fma.f32 needs a rounding modifier: .rn, .rz, .rm or .rp",
            $"a.ptx:{PtxText.FirstLine + 1}:5: error: undeclared: the label nowhere is not defined in this function",
        }));
    }

    private static IEnumerable<TestCaseData> Rows(string table) =>
        table.Split('\n').Select(line => line.Split(" | ")).Select(row => new TestCaseData([row]).SetArgDisplayNames(row[^2]));

    private static void AssertFirstError(PtxParseResult result, int column, string reason)
    {
        var first = result.Diagnostics.First(found => found.Severity == PtxSeverity.Error);

        Assert.That(result.Module, Is.Null);
        Assert.That($"{first.Kind}: {first.Message}", Is.EqualTo(reason));
        Assert.That(first.Position, Is.EqualTo(new PtxPosition(PtxText.FirstLine, column)));
    }
}
