using Mimir.Kernels.Ptx.Emulation;
using Mimir.Kernels.Tests.Ptx.Checks;

namespace Mimir.Kernels.Tests.Ptx.Counters;

/// <summary>Figures of whole launches against figures worked out by hand.</summary>
public sealed class KernelCountersTests
{
    private static readonly EmulatorOptions s_options = new() { Counters = true };

    /// <summary>y = x · x + 1 on 2 blocks of 64 threads: 4 warps.</summary>
    [Test]
    public void AnElementwiseKernel()
    {
        var counters = Run(
            """
                mad.lo.u32 %r1, %b, 64, %t;
                mul.wide.u32 %d1, %r1, 4;
                add.u64 %d2, %x0, %d1;
                add.u64 %d3, %x1, %d1;
                ld.global.f32 %f1, [%d2];
                fma.rn.f32 %f2, %f1, %f1, 0f3F800000;
                st.global.f32 [%d3], %f2;
            """,
            grid: 2,
            block: 64);
        Assert.Multiple(() =>
        {
            // Two moves of special registers, two loads of parameters, seven of the body, ret.
            Assert.That(counters.Instructions, Is.EqualTo(new InstructionCount(12 * 4, 12 * 128)));
            Assert.That(counters.Classes[InstructionClass.Move], Is.EqualTo(new InstructionCount(8, 256)));
            Assert.That(counters.Classes[InstructionClass.LoadParameter], Is.EqualTo(new InstructionCount(8, 256)));
            Assert.That(counters.Classes[InstructionClass.Integer], Is.EqualTo(new InstructionCount(16, 512)));
            Assert.That(counters.Classes[InstructionClass.Float32], Is.EqualTo(new InstructionCount(4, 128)));
            Assert.That(counters.Classes[InstructionClass.LoadGlobal].Warps, Is.EqualTo(4));
            Assert.That(counters.Classes[InstructionClass.StoreGlobal].Warps, Is.EqualTo(4));
            Assert.That(counters.Classes[InstructionClass.Control].Warps, Is.EqualTo(4));
            Assert.That(counters.Classes, Has.Count.EqualTo(7));
            Assert.That(counters.Flops, Is.EqualTo(256));
            Assert.That(counters.Global.Requests, Is.EqualTo(8));
            Assert.That(counters.Global.SectorsPerRequest, Is.EqualTo(4));
            Assert.That(counters.Global.Efficiency, Is.EqualTo(1));
            Assert.That(counters.MemoryBytes, Is.EqualTo(2 * 128 * 4));
            Assert.That(counters.ArithmeticIntensity, Is.EqualTo(0.25));
            Assert.That(counters.AverageActiveLanes, Is.EqualTo(32));
            Assert.That(counters.BranchEfficiency, Is.EqualTo(1));
            Assert.That(counters.Occupancies.Select(occupancy => occupancy.Target), Is.EqualTo(new[] { 80, 86, 89, 90 }));
            Assert.That(counters.Registers.PerThread, Is.InRange(8, 32));
        });
    }

    /// <summary>Odd threads do one thing, even ones another.</summary>
    [Test]
    public void ADivergentBranch()
    {
        var counters = Run(
            """
                and.b32 %r1, %t, 1;
                setp.ne.u32 %p1, %r1, 0;
                @%p1 bra ODD;
                add.u32 %r2, %r1, 1;
                bra DONE;
            ODD:
                add.u32 %r2, %r1, 2;
            DONE:
                setp.lt.u32 %p2, %t, 1000;
                @%p2 bra OUT;
                trap;
            OUT:
            """,
            grid: 1,
            block: 32);
        Assert.That((counters.Branches, counters.DivergentBranches), Is.EqualTo((2, 1)));
        Assert.That(counters.BranchEfficiency, Is.EqualTo(0.5));
        var line = counters.Lines.Single(line => line.DivergentBranches > 0);
        Assert.That(line.Text, Is.EqualTo("bra"));
    }

    /// <summary>A tile of 32 × 32 read by columns: 32 conflicts deep, unless rows are padded or swizzled.</summary>
    [TestCase(128, false, 32)]
    [TestCase(132, false, 1)]
    [TestCase(128, true, 1)]
    public void ATransposition(int pitch, bool swizzle, int wavefronts)
    {
        var column = swizzle ? "xor.b32 %r2, %r2, %t;" : "";
        var counters = Run(
            $$"""
                mov.u64 %d0, tile;
                mul.wide.u32 %d1, %t, {{pitch}};
                add.u64 %d1, %d1, %d0;
                mov.u32 %r2, 5;
                {{column}}
                mul.wide.u32 %d2, %r2, 4;
                add.u64 %d1, %d1, %d2;
                st.shared.f32 [%d1], 0f3F800000;
            """,
            grid: 1,
            block: 32,
            declarations: ".shared .align 128 .b8 tile[4224];");
        Assert.That((counters.Shared.Wavefronts, counters.Shared.IdealWavefronts), Is.EqualTo((wavefronts, 1)));
        Assert.That(counters.Shared.BankConflicts, Is.EqualTo(wavefronts - 1));
        Assert.That(counters.Lines.Single(line => line.Wavefronts > 0).Text, Is.EqualTo("st.shared.f32"));
    }

    /// <summary>One warp copies 512 bytes in two groups, loads a fragment from them and multiplies it.</summary>
    [Test]
    public void AMatrixProduct()
    {
        var counters = Run(
            """
                mov.u64 %d0, tile;
                mul.wide.u32 %d1, %t, 16;
                add.u64 %d2, %d0, %d1;
                add.u64 %d3, %x0, %d1;
                cp.async.cg.shared.global [%d2], [%d3], 16;
                cp.async.commit_group;
                cp.async.commit_group;
                cp.async.wait_group 0;
                bar.sync 0;
                ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1, %r2, %r3, %r4}, [%d2];
                mov.f32 %f1, 0f00000000;
                mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1, %f1, %f1, %f1}, {%r1, %r2, %r3, %r4}, {%r1, %r2}, {%f1, %f1, %f1, %f1};
            """,
            grid: 1,
            block: 32,
            declarations: ".shared .align 128 .b8 tile[512];");
        Assert.Multiple(() =>
        {
            Assert.That(counters.AsyncCopyBytes, Is.EqualTo(512));
            Assert.That(counters.AsyncCopyGroups, Is.EqualTo(2));
            Assert.That(counters.AsyncCopyDepth, Is.EqualTo(2));
            Assert.That(counters.Barriers, Is.EqualTo(1));
            Assert.That(counters.Flops, Is.EqualTo(2 * 16 * 8 * 16).And.EqualTo(counters.TensorFlops));
            Assert.That(counters.Global.Sectors, Is.EqualTo(16));
            Assert.That((counters.Shared.Requests, counters.Shared.Wavefronts), Is.EqualTo((2, 8)));
            Assert.That(counters.Shared.BankConflicts, Is.Zero);
            Assert.That(counters.MemoryBytes, Is.EqualTo(512));
        });
    }

    [Test]
    public void LocalArraysShow() =>
        Assert.That(
            Run("    st.local.f32 [own+4], 0f3F800000;\n    ld.local.f32 %f1, [own+4];", 1, 48, ".local .align 4 .f32 own[2];").LocalBytes,
            Is.EqualTo(2 * 4 * 48));

    [Test]
    public void LaunchesOfAKernelAddUp()
    {
        var one = Run("    ld.global.f32 %f1, [%x0];\n    add.rn.f32 %f1, %f1, %f1;", 1, 32);
        var sum = KernelCounters.Sum([one, one, one]);
        Assert.Multiple(() =>
        {
            Assert.That(sum.Launches, Is.EqualTo(3));
            Assert.That(sum.Instructions.Lanes, Is.EqualTo(3 * one.Instructions.Lanes));
            Assert.That(sum.Flops, Is.EqualTo(3 * 32));
            Assert.That(sum.Global.Sectors, Is.EqualTo(3));
            Assert.That(sum.MemoryBytes, Is.EqualTo(3 * 32));
            Assert.That(sum.Lines.Select(line => line.Warps), Is.EqualTo(one.Lines.Select(line => 3 * line.Warps)));
            Assert.That(sum.Classes[InstructionClass.Float32].Warps, Is.EqualTo(3));
        });
    }

    private static KernelCounters Run(string body, int grid, int block, string declarations = "")
    {
        using var run = new KernelRun(s_options);
        run.Input("x", 4096);
        run.Zeros("y", 4096);
        var result = run.Launch(body, grid, block, declarations);
        Assert.That(result.Diagnostics, Is.Empty);
        Assert.That(result.Instructions, Is.EqualTo(result.Counters!.Instructions.Lanes));
        return result.Counters;
    }
}
