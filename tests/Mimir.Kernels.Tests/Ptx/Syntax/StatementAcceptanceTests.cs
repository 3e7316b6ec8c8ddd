using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Tests.Ptx.Syntax;

/// <summary>Statements that are unusual and right.</summary>
[TestFixture]
public class StatementAcceptanceTests
{
    private const string Statements =
        """
        add.s32 %r1, %r2, -1;
        add.s32 %r1, %r2, 0xFFFFFFFF;
        add.u32 %s32, %u32, %r2;
        add .s32 %r1 , %r2 , 0b101;
        add.s32 %r1, %r2, 017;
        add.s32 %r1, %r2, 5U;
        add.s32 %r1, %r2, (1 << 4) + WARP_SZ - 3 * 2;
        add.s32 %r1, %r2, -(-5);
        add.s32 %r1, %r2, 7 > 3 ? 1 : 2;
        add.u64 %rd1, %rd2, (.u64) -1;
        add.f32 %f1, %f2, 1.5;
        add.f32 %f1, %f2, 1e3;
        add.f32 %f1, %f2, -0f3F800000;
        add.f32 %f1, %f2, 0d3FF0000000000000;
        add.f64 %d1, %d2, 0f3F800000;
        add.f32 %r1, %f2, %r3;
        add.rn.ftz.sat.f32 %f1, %f2, %f3;
        add.ftz.rn.f32 %f1, %f2, %f3;
        add.f16 %h1, %f16, %h2;
        fma.rn.relu.bf16x2 %r1, %r2, %r3, %r4;
        mad.lo.s32 %r1, %ctaid.x, %ntid.x, %tid.x;
        mov.u32 %r1, %tid.x;
        mov.b32 %r1, %laneid;
        mov.u64 %rd1, %clock64;
        mov.u64 %rd1, %globaltimer;
        mov.u32 %r1, %envreg3;
        mov.u32 %r1, tile;
        mov.u64 %rd1, tile;
        mov.u64 %rd1, data+8;
        mov.u32 %r1, dynamic;
        mov.b32 %f1, %r1;
        mov.b32 %r1, 0f3F800000;
        mov.b64 {%r1, %r2}, %rd1;
        mov.b64 {_, %r2}, %rd1;
        mov.b64 %rd1, {%f1, %f2};
        mov.b32 %r1, {%h1, 0};
        mov.b64 %rd1, {%h1,%h2,%h3,%h4};
        mov.b32 %f1, {%h1,%h2};
        mov.pred %p1, 1;
        mov.pred %p1, -1;
        mov.b64 %rd1, block;
        ld.param.v2.u32 {%r1,%r2}, [block+8];
        ld.param.u8 %r1, [block+15];
        ld.param.u16 %h1, [block];
        ld.param.u64 %rd1, [%rd2+4];
        ld.global.u8 %r1, [%rd1+-8];
        ld.global.s8 %rd1, [%rd1-8];
        ld.global.b32 %f1, [%rd1];
        ld.global.f32 %r1, [%rd1];
        ld.global.b32 %rd1, [%rd1];
        ld.global.u8 %h1, [%rd1];
        ld.u32 %r1, [%rd1];
        ld.global.nc.L1::evict_last.L2::128B.v4.f32 {%f1,%f2,%f3,%f4}, [%rd1];
        ld.global.L1::evict_last.b32 {%r1}, [%rd1];
        ld.shared.v2.b64 {%rd1,%rd2}, [%r1+16];
        ld.shared.u32 %r1, [tile+4];
        ld.shared.u32 %r1, [%rd1];
        ld.shared.u32 %r1, [0];
        ld.const.f32 %f1, [table+8];
        ld.volatile.shared.u32 %r1, [tile];
        ld.acquire.gpu.global.u32 %r1, [%rd1];
        ld.relaxed.sys.u32 %r1, [%rd1];
        ld.weak.global.u32 %r1, [%rd1];
        ld.local.u32 %r1, [stack+4];
        st.global.v4.f32 [%rd1], {%f1, 0f00000000, %f2, 1.0};
        st.global.b8 [%rd1], %r1;
        st.global.u8 [%rd1], %rd1;
        st.global.u32 [%rd1], 5;
        st.shared.b32 [%r1], 0f3F800000;
        st.shared.f32 [tile], %r1;
        st.param.b32 [slot+0], %r1;
        st.release.gpu.global.u32 [%rd1], %r1;
        st.global.cs.u32 [%rd1], -1;
        atom.global.add.u32 %r1, [%rd1], 1;
        atom.add.u32 _, [%rd1], 1;
        atom.shared.cas.b32 %r1, [tile], 0, 1;
        atom.global.gpu.relaxed.add.f32 %f1, [%rd1], %f2;
        atom.acq_rel.sys.global.exch.b64 %rd1, [%rd2], %rd3;
        red.shared.add.u32 [tile+4], 1;
        red.relaxed.gpu.global.add.noftz.f16x2 [%rd1], %r1;
        cvt.u64.u32 %rd1, %tid.x;
        cvt.rn.f32.u8 %f1, %r1;
        cvt.u8.u32 %h1, %r1;
        cvt.s32.s8 %r1, %r2;
        cvt.sat.u8.s32 %r1, %r2;
        cvt.rzi.ftz.u32.f32 %r1, %f1;
        cvt.rni.f32.f32 %f1, %f2;
        cvt.f32.f16 %f1, %h1;
        cvt.rn.f16.f32 %h1, %f1;
        cvt.rn.f16.f32 %r1, %f1;
        cvt.rn.relu.bf16x2.f32 %r1, %f1, %f2;
        cvt.sat.f32.f32 %f1, %f2;
        cvta.shared.u64 %rd1, tile;
        cvta.global.u64 %rd1, data+4;
        cvta.to.local.u64 %rd1, %rd2;
        cvta.local.u64 %rd1, %rd2;
        setp.eq.s32 %p1|%p2, %r1, 5;
        setp.eq.s32 _|%p2, %r1, 5;
        setp.ne.and.b64 %p1, %rd1, 0, !%p2;
        setp.gtu.ftz.f32 %p1, %f1, 0f00000000;
        setp.hs.u32 %p1, %r1, %r2;
        setp.nan.f64 %p1, %d1, %d1;
        set.eq.u32.f32 %r1, %f1, %f2;
        selp.f32 %f1, 0f3F800000, %f2, %p1;
        slct.f32.s32 %f1, %f2, %f3, %r1;
        @!%p1 bra.uni L9; L9:
        @%p1 ret;
        @%p1 exit;
        { .reg .b32 %r1; mov.b32 %r1, 5; { .reg .f32 %r1; mov.f32 %r1, 1.0; } }
        { cvt.rn.bf16.f32 %h1, %f1;}
        mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32{%f1,%f2,%f3,%f4},{%r1,%r2,%r3,%r4},{%r1,%r2},{%f1,%f2,%f3,%f4};
        ldmatrix.sync.aligned.x4.m8n8.trans.shared.b16 {%r1,%r2,%r3,%r4}, [%rd1+64];
        ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [tile];
        ldmatrix.sync.aligned.m8n8.x4.b16 {%r1,%r2,%r3,%r4}, [%rd1];
        cp.async.ca.shared.global [tile+4], [%rd1+4], 4, 0;
        cp.async.cg.shared.global.L2::128B [%r1], [%rd1], 16, %r2;
        cp.async.ca.shared::cta.global [%r1], [%rd1], 8;
        cp.async.wait_group 0;
        bar.sync 0;
        bar.sync %r1, %r2;
        barrier.sync.aligned 1, 64;
        barrier.sync 0;
        bar.red.popc.u32 %r1, 0, %p1;
        bar.red.and.pred %p1, 1, 64, !%p2;
        bar.warp.sync 0xffffffff;
        shfl.sync.down.b32 %f1|%p1, %f2, 16, 31, -1;
        shfl.sync.idx.b32 %r1, %r2, %r3, 0x1f, 0xffffffff;
        vote.sync.ballot.b32 %r1, !%p1, -1;
        match.all.sync.b32 %r1|%p1, %r2, -1;
        lop3.b32 %r1, %r2, %r3, %r4, 0xEA;
        prmt.b32 %r1, %r2, 0, 0x5410;
        shf.l.wrap.b32 %r1, %r2, %r3, 7;
        bfi.b32 %r1, %r2, %r3, 8, 8;
        popc.b64 %r1, %rd1;
        nanosleep.u32 20;
        trap;
        brkpt;
        .pragma "nounroll";
        createpolicy.fractional.L2::evict_last.b64 %rd1, 1.0;
        prefetch.global.L2 [%rd1];
        .reg .b32 a, b1, $c, _d; add.s32 a, b1, $c;
        .reg .pred p; .reg .b32 q; setp.ne.b32 p, q, 0; @p mov.b32 q, 1;
        max.NaN.f32 %f1, %f2, %f3;
        abs.bf16x2 %r1, %r2;
        dp4a.u32.s32 %r1, %r2, %r3, %r4;
        add.cc.u32 %r1, %r2, %r3; addc.cc.u32 %r1, %r2, %r3; addc.u32 %r1, 0, 0;
        mad.lo.cc.u32 %r1, %r2, %r3, %r4; madc.hi.u32 %r1, %r2, %r3, %r4;
        .loc 1 5 3
        .shared .f32 matrix[4][8];
        .local .align 8 .b8 __local_depot[32];
        """;

    private static IEnumerable<string> Lines => Statements.Split('\n');

    [TestCaseSource(nameof(Lines))]
    public void AnUnusualStatementIsAccepted(string statement) =>
        Assert.That(PtxText.Parse(statement).Diagnostics.Where(found => found.Severity == PtxSeverity.Error), Is.Empty);

    [Test]
    public void CommentsStandAnywhere() => Assert.That(
        PtxText.Parse("/* one\n * two */ add/**/.s32 %r1 /* , */ , // here\n %r2, %r3;").Diagnostics.Where(found => found.Severity == PtxSeverity.Error),
        Is.Empty);
}
