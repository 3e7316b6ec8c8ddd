using Mimir.Kernels.Ptx.Analysis;

namespace Mimir.Kernels.Tests.Ptx.Analysis;

[TestFixture]
public class LiveRegistersTests
{
    private const int Overhead = 8;

    [Test]
    public void ValuesThatAreReadLaterCount()
    {
        var function = PtxText.Function(
            """
                mov.u32 %r0, 1;
                mov.u32 %r1, 2;
                mov.u32 %r2, 3;
                add.u32 %r3, %r0, %r1;
                add.u32 %r3, %r3, %r2;
                st.shared.u32 [tile], %r3;
            """);

        Assert.That(LiveRegisters.Estimate(function), Is.EqualTo(3 + Overhead));
    }

    [Test]
    public void WideValuesCountTwiceAndPredicatesNot()
    {
        var function = PtxText.Function(
            """
                mov.u64 %rd0, 1;
                mov.f64 %d0, 0d3FF0000000000000;
                setp.eq.u64 %p0, %rd0, 0;
                st.shared.u64 [tile], %rd0;
                @%p0 st.shared.f64 [tile], %d0;
            """);

        Assert.That(LiveRegisters.Estimate(function), Is.EqualTo(4 + Overhead));
    }

    [Test]
    public void WhatALoopCarriesIsLiveThroughIt()
    {
        var function = PtxText.Function(
            """
                mov.u32 %r0, 0;
                mov.u32 %r1, 5;
                mov.u32 %r2, 6;
            loop:
                add.u32 %r0, %r0, %r1;
                setp.lt.u32 %p0, %r0, 10;
                @%p0 bra loop;
                st.shared.u32 [tile], %r2;
            """);

        Assert.That(LiveRegisters.Estimate(function), Is.EqualTo(3 + Overhead));
    }

    [Test]
    public void AGuardedWriteKeepsTheOldValueAlive()
    {
        var plain = PtxText.Function("mov.u32 %r1, 1;\n mov.u32 %r0, %r1;\n st.shared.u32 [tile], %r0;");
        var guarded = PtxText.Function("mov.u32 %r0, 7;\n mov.u32 %r1, 1;\n @%p0 mov.u32 %r0, %r1;\n st.shared.u32 [tile], %r0;");

        Assert.That(LiveRegisters.Estimate(plain), Is.EqualTo(1 + Overhead));
        Assert.That(LiveRegisters.Estimate(guarded), Is.EqualTo(2 + Overhead));
    }
}
