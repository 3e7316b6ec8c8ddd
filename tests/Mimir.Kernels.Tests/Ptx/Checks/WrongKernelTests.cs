using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>A kernel made wrong on purpose.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Kind">What is to be reported.</param>
/// <param name="Body">Its body; the mended kernel is <paramref name="Right"/>.</param>
/// <param name="Right">The mended body.</param>
/// <param name="At">A piece of the wrong body on the line that is to be reported.</param>
/// <param name="Declarations">Shared memory.</param>
public sealed record WrongKernel(string Name, string Kind, string Body, string Right, string At, string Declarations = "")
{
    /// <summary>Blocks.</summary>
    public int Grid { get; init; } = 2;

    /// <summary>Threads of a block.</summary>
    public int Block { get; init; } = 64;

    /// <summary>The buffers, by their letters: i is an input, z zeros, u uninitialised, o a result.</summary>
    public string Buffers { get; init; } = "io";

    /// <summary>Floats of each buffer.</summary>
    public int Floats { get; init; } = 128;

    /// <summary>What a finding must name.</summary>
    public string[] Names { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Every check finds the kernel that was made wrong for it, says where, and is silent about the mended one, in every schedule.</summary>
public sealed class WrongKernelTests
{
    /// <summary>Threads write to their own element of the result what stands in %f1.</summary>
    private const string StoreOwn =
        """
            mad.lo.u32 %r15, %b, 64, %t;
            mad.wide.u32 %d15, %r15, 4, %x1;
            st.global.f32 [%d15], %f1;
        """;

    private const string LoadOwn =
        """
            mad.lo.u32 %r14, %b, 64, %t;
            mad.wide.u32 %d14, %r14, 4, %x0;
            ld.global.f32 %f1, [%d14];
        """;

    private const string Tile = ".shared .align 16 .f32 tile[64];";

    /// <summary>%d1 is the thread's own word of the tile, %d2 the next thread's.</summary>
    private const string TileAddresses =
        """
            mov.u64 %d0, tile;
            mad.wide.u32 %d1, %t, 4, %d0;
            add.u32 %r1, %t, 1;
            and.b32 %r1, %r1, 63;
            mad.wide.u32 %d2, %r1, 4, %d0;
        """;

    private static readonly EmulatorOptions s_options = new() { Checks = EmulatorChecks.All, Counters = true };

    private static IEnumerable<WrongKernel> Kernels()
    {
        yield return new WrongKernel(
            "out of bounds",
            DiagnosticKinds.OutOfBounds,
            LoadOwn.Replace("%t;", "%t;\n    add.u32 %r14, %r14, 1;") + "\n" + StoreOwn,
            LoadOwn + "\n" + StoreOwn,
            "ld.global.f32 %f1, [%d14]")
        {
            Names = ["x0"],
        };
        yield return new WrongKernel(
            "misaligned",
            DiagnosticKinds.Misaligned,
            LoadOwn.Replace("[%d14]", "[%d14+2]") + "\n" + StoreOwn,
            LoadOwn + "\n" + StoreOwn,
            "ld.global.f32 %f1, [%d14+2]");
        yield return new WrongKernel(
            "uninitialised global",
            DiagnosticKinds.UninitialisedGlobal,
            LoadOwn + "\n" + StoreOwn,
            "    mov.f32 %f1, 0f3F800000;\n" + StoreOwn,
            "ld.global.f32 %f1, [%d14]")
        {
            Buffers = "uo",
            Names = ["x0+", "host"],
        };
        yield return new WrongKernel(
            "uninitialised shared",
            DiagnosticKinds.UninitialisedShared,
            TileAddresses + "\n    ld.shared.f32 %f1, [%d1];\n" + StoreOwn,
            TileAddresses + "\n    st.shared.f32 [%d1], 0f3F800000;\n    ld.shared.f32 %f1, [%d1];\n" + StoreOwn,
            "ld.shared.f32 %f1, [%d1]",
            Tile)
        {
            Names = ["tile+"],
        };
        yield return new WrongKernel(
            "uninitialised local",
            DiagnosticKinds.UninitialisedLocal,
            "    ld.local.f32 %f1, [own+4];\n" + StoreOwn,
            "    st.local.f32 [own+4], 0f3F800000;\n    ld.local.f32 %f1, [own+4];\n" + StoreOwn,
            "ld.local.f32 %f1, [own+4]",
            ".local .align 4 .f32 own[2];")
        {
            Names = ["own+4"],
        };
        yield return new WrongKernel(
            "shared race between two warps",
            DiagnosticKinds.SharedRace,
            LoadOwn + "\n" + TileAddresses
                + "\n    st.shared.f32 [%d1], %f1;\n    bar.sync 0;\n    ld.shared.f32 %f2, [%d2];\n    st.shared.f32 [%d1], %f2;\n" + StoreOwn,
            LoadOwn + "\n" + TileAddresses
                + "\n    st.shared.f32 [%d1], %f1;\n    bar.sync 0;\n    ld.shared.f32 %f2, [%d2];\n    bar.sync 0;\n    st.shared.f32 [%d1], %f2;\n" + StoreOwn,
            "st.shared.f32 [%d1], %f2",
            Tile)
        {
            Names = ["tile+", "read at line"],
        };
        yield return new WrongKernel(
            "missing barrier",
            DiagnosticKinds.SharedRace,
            LoadOwn + "\n" + TileAddresses + "\n    xor.b32 %r2, %t, 32;\n    mad.wide.u32 %d3, %r2, 4, %d0;\n    st.shared.f32 [%d1], %f1;\n"
                + "    ld.shared.f32 %f1, [%d3];\n" + StoreOwn,
            LoadOwn + "\n" + TileAddresses + "\n    xor.b32 %r2, %t, 32;\n    mad.wide.u32 %d3, %r2, 4, %d0;\n    st.shared.f32 [%d1], %f1;\n"
                + "    bar.sync 0;\n    ld.shared.f32 %f1, [%d3];\n" + StoreOwn,
            "ld.shared.f32 %f1, [%d3]",
            Tile)
        {
            Names = ["tile+", "write at line", "no barrier orders the two warps"],
        };
        yield return new WrongKernel(
            "intra-warp race: s[t] += s[t + 1]",
            DiagnosticKinds.SharedRace,
            LoadOwn + "\n" + TileAddresses
                + "\n    st.shared.f32 [%d1], %f1;\n    bar.warp.sync 0xffffffff;\n    and.b32 %r1, %r1, 31;\n    mad.wide.u32 %d2, %r1, 4, %d0;\n"
                + "    ld.shared.f32 %f2, [%d1];\n    ld.shared.f32 %f3, [%d2];\n    add.rn.f32 %f1, %f2, %f3;\n    st.shared.f32 [%d1], %f1;\n"
                + StoreOwn,
            LoadOwn + "\n" + TileAddresses
                + "\n    st.shared.f32 [%d1], %f1;\n    bar.warp.sync 0xffffffff;\n    and.b32 %r1, %r1, 31;\n    mad.wide.u32 %d2, %r1, 4, %d0;\n"
                + "    ld.shared.f32 %f2, [%d1];\n    ld.shared.f32 %f3, [%d2];\n    add.rn.f32 %f1, %f2, %f3;\n    bar.warp.sync 0xffffffff;\n"
                + "    st.shared.f32 [%d1], %f1;\n" + StoreOwn,
            "st.shared.f32 [%d1], %f1;\n    mad",
            Tile)
        {
            Block = 32,
            Floats = 128,
            Names = ["lanes of one warp"],
            Buffers = "iz",
        };
        yield return new WrongKernel(
            "two lanes of one store",
            DiagnosticKinds.SharedRace,
            LoadOwn + "\n    mov.u64 %d0, tile;\n    st.shared.f32 [%d0], %f1;\n" + StoreOwn,
            LoadOwn + "\n    mov.u64 %d0, tile;\n    setp.eq.u32 %p1, %t, 0;\n    @%p1 st.shared.f32 [%d0], %f1;\n" + StoreOwn,
            "st.shared.f32 [%d0], %f1",
            Tile)
        {
            Names = ["tile+"],
        };
        yield return new WrongKernel(
            "divergent barrier",
            DiagnosticKinds.DivergentBarrier,
            LoadOwn + "\n    setp.lt.u32 %p1, %t, 16;\n    @%p1 bar.sync 0;\n    @!%p1 bar.sync 0;\n" + StoreOwn,
            LoadOwn + "\n    bar.sync 0;\n" + StoreOwn,
            "@%p1 bar.sync 0");
        yield return new WrongKernel(
            "deadlock",
            DiagnosticKinds.Deadlock,
            LoadOwn + "\n    setp.lt.u32 %p1, %t, 32;\n    @%p1 bar.sync 1, 64;\n    @!%p1 bar.sync 2, 64;\n" + StoreOwn,
            LoadOwn + "\n    setp.lt.u32 %p1, %t, 32;\n    @%p1 bar.sync 1, 32;\n    @!%p1 bar.sync 2, 32;\n" + StoreOwn,
            "@%p1 bar.sync 1, 64");
        yield return new WrongKernel(
            "unwritten output",
            DiagnosticKinds.UnwrittenOutput,
            LoadOwn + "\n    setp.lt.u32 %p1, %t, 48;\n" + StoreOwn.Replace("st.global", "@%p1 st.global"),
            LoadOwn + "\n" + StoreOwn,
            ".visible .entry")
        {
            Names = ["128 of 512 bytes of 'x1'", "offset 192"],
        };
        yield return new WrongKernel(
            "cp.async without a wait",
            DiagnosticKinds.AsyncCopyPending,
            CopyTile + "    cp.async.commit_group;\n    ld.shared.f32 %f1, [%d1];\n    cp.async.wait_group 0;\n" + StoreOwn,
            CopyTile + "    cp.async.commit_group;\n    cp.async.wait_group 0;\n    ld.shared.f32 %f1, [%d1];\n" + StoreOwn,
            "ld.shared.f32 %f1, [%d1]",
            Tile)
        {
            Names = ["tile+", "cp.async at line", "has not waited"],
        };
        yield return new WrongKernel(
            "cp.async without a barrier",
            DiagnosticKinds.SharedRace,
            CopyTile + "    cp.async.wait_all;\n    ld.shared.f32 %f1, [%d2];\n" + StoreOwn,
            CopyTile + "    cp.async.wait_all;\n    bar.sync 0;\n    ld.shared.f32 %f1, [%d2];\n" + StoreOwn,
            "ld.shared.f32 %f1, [%d2]",
            Tile)
        {
            Names = ["cp.async at line"],
        };
        yield return new WrongKernel(
            "non-coherent read of what is written",
            DiagnosticKinds.NonCoherentRead,
            LoadOwn.Replace("ld.global", "ld.global.nc") + "\n    st.global.f32 [%d14], %f1;",
            LoadOwn + "\n    st.global.f32 [%d14], %f1;",
            "ld.global.nc.f32 %f1, [%d14]")
        {
            Buffers = "i",
            Names = ["x0+", "write at line"],
        };
        yield return new WrongKernel(
            "global race between blocks",
            DiagnosticKinds.GlobalRace,
            LoadOwn + "\n    mad.wide.u32 %d15, %t, 4, %x1;\n    st.global.f32 [%d15], %f1;",
            LoadOwn + "\n" + StoreOwn,
            "st.global.f32 [%d15], %f1")
        {
            Buffers = "iz",
            Names = ["x1+", "of block (0, 0, 0)"],
        };
        yield return new WrongKernel(
            "global race inside a block",
            DiagnosticKinds.GlobalRace,
            LoadOwn + "\n" + StoreOwn + "\n    xor.b32 %r15, %r15, 32;\n    mad.wide.u32 %d15, %r15, 4, %x1;\n    ld.global.f32 %f2, [%d15];",
            LoadOwn + "\n" + StoreOwn + "\n    bar.sync 0;\n    xor.b32 %r15, %r15, 32;\n    mad.wide.u32 %d15, %r15, 4, %x1;\n    ld.global.f32 %f2, [%d15];",
            "ld.global.f32 %f2, [%d15]");
    }

    /// <summary>Every thread copies its own four bytes of the input to the tile.</summary>
    private static string CopyTile => TileAddresses + "\n" + LoadOwn + "\n    cp.async.ca.shared.global [%d1], [%d14], 4;\n";

    [Test]
    public void WrongKernelsAreFound([ValueSource(nameof(Kernels))] WrongKernel kernel, [Values] WarpSchedule schedule)
    {
        var found = Run(kernel, kernel.Body, s_options with { Schedule = schedule, Seed = 7 }).Diagnostics;
        // What is read too early is often also not written yet: other kinds may be found beside.
        var errors = found.Where(diagnostic => diagnostic.Severity == PtxSeverity.Error && diagnostic.Kind == kernel.Kind).ToList();
        Assert.That(errors, Is.Not.Empty, string.Join('\n', found));
        var line = KernelRun.LineOf(kernel.Body, kernel.Buffers.Length, kernel.Declarations, kernel.At);
        var error = errors.MinBy(diagnostic => Math.Abs(diagnostic.Position!.Value.Line - line))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Kernel, Is.EqualTo("test_kernel"));
            Assert.That(error.Position!.Value.Line, Is.EqualTo(line), error.ToString());
            foreach (var name in kernel.Names)
                Assert.That(error.Message, Does.Contain(name));
            if (kernel.Kind == DiagnosticKinds.UnwrittenOutput)
                return;
            Assert.That(error.Block, Is.Not.Null);
            Assert.That(error.Thread, Is.Not.Null);
            Assert.That(error.ToString(), Does.Contain($"test.ptx:{line}").And.Contain("kernel test_kernel, block (").And.Contain("thread ("));
            if (kernel.Kind is not (DiagnosticKinds.DivergentBarrier or DiagnosticKinds.Deadlock))
                Assert.That(error.Address, Is.Not.Null);
        });
    }

    [Test]
    public void MendedKernelsAreClean([ValueSource(nameof(Kernels))] WrongKernel kernel, [Values] WarpSchedule schedule)
    {
        var found = Run(kernel, kernel.Right, s_options with { Schedule = schedule, Seed = 7 }).Diagnostics;
        Assert.That(found.Where(diagnostic => diagnostic.Severity != PtxSeverity.Information), Is.Empty);
    }

    [Test]
    public void FindingsAndCountersDoNotDependOnTheNumberOfThreads([ValueSource(nameof(Kernels))] WrongKernel kernel)
    {
        var one = Run(kernel with { Grid = 2 }, kernel.Body, s_options with { Threads = 1 });
        var two = Run(kernel with { Grid = 2 }, kernel.Body, s_options with { Threads = 2 });
        Assert.That(two.Diagnostics, Is.EqualTo(one.Diagnostics));
        if (one.Diagnostics.All(diagnostic => diagnostic.Kind is not (DiagnosticKinds.OutOfBounds or DiagnosticKinds.Misaligned or DiagnosticKinds.Deadlock)))
            Assert.That(two.Counters!.Lines, Is.EqualTo(one.Counters!.Lines));
    }

    /// <summary>All threads of all blocks say the same: nobody can see a difference, so it is mentioned and no more.</summary>
    [TestCase("st.global.f32 [%x0], 0f3F800000;", DiagnosticKinds.GlobalRace)]
    [TestCase("mov.u64 %d0, tile;\n    st.shared.v2.f32 [%d0], {0f3F800000, 0f40000000};", DiagnosticKinds.SharedRace)]
    [TestCase("mov.u64 %d0, tile;\n    cvt.u16.u32 %h1, 7;\n    st.shared.u16 [%d0], %h1;", DiagnosticKinds.SharedRace)]
    public void EqualWritesAreInformation(string body, string kind)
    {
        using var run = new KernelRun(s_options);
        run.Zeros("x", 4);
        var found = run.Launch(body, 2, 64, Tile + " .reg .b16 %h<2>;").Diagnostics;
        Assert.That(found.Select(race => (race.Kind, race.Severity)).Distinct(), Is.EqualTo(new[] { (kind, PtxSeverity.Information) }));
    }

    /// <summary>Accesses of a device function are its own: reported at its lines.</summary>
    [Test]
    public void DeviceFunctionsAreChecked([Values] bool oneThread)
    {
        const string Store = "st.global.u32 [%where], %lane;";
        using var run = new KernelRun(s_options);
        run.Zeros("x", 1);
        var result = run.Launch(
            "{ .param .b64 to; st.param.b64 [to], %x0; call.uni leave, (to); }", 1, 64, "",
            ".func leave(.param .b64 at) { .reg .b64 %where; .reg .b32 %lane; .reg .pred %p; ld.param.b64 %where, [at]; mov.u32 %lane, %tid.x; setp.eq.u32 %p, %lane, 0;\n"
            + (oneThread ? "@%p " : "") + Store + "\n ret; }");
        Assert.That(result.Diagnostics.Select(found => found.Kind), oneThread ? Is.Empty : Is.EqualTo(new[] { DiagnosticKinds.GlobalRace }));
        if (!oneThread)
            Assert.That(result.Diagnostics[0].Position!.Value.Line, Is.EqualTo(5));
    }

    /// <summary>The first guess of a loop around atom.cas is read plainly, and verified by it; what else is read plainly is a race.</summary>
    [TestCase("ld.global.u32 %r1, [%x0];", "", true)]
    [TestCase("ld.global.u32 %r5, [%x0];\n    mov.u32 %r1, %r5;", "", true)]
    [TestCase("ld.global.u32 %r5, [%x0];\n    st.local.u32 [own], %r5;\n    ld.local.u32 %r1, [own];", "", true)]
    [TestCase("mov.u32 %r1, 0;", "ld.global.u32 %r5, [%x0];", false)]
    public void GuessesOfCompareAndSwapAreNoRace(string before, string after, bool isClean)
    {
        var loop =
            $"""
                {before}
            again:
                add.u32 %r2, %r1, 1;
                atom.global.cas.b32 %r3, [%x0], %r1, %r2;
                setp.ne.u32 %p1, %r3, %r1;
                mov.u32 %r1, %r3;
                @%p1 bra again;
                {after}
            """;
        using var run = new KernelRun(s_options);
        run.Zeros("x", 1);
        var found = run.Launch(loop, 2, 64, ".local .align 4 .u32 own;").Diagnostics.Where(found => found.Severity == PtxSeverity.Error);
        Assert.That(found.Select(race => race.Kind).Distinct(), isClean ? Is.Empty : Is.EqualTo(new[] { DiagnosticKinds.GlobalRace }));
    }

    private static LaunchResult Run(WrongKernel kernel, string body, EmulatorOptions options)
    {
        using var run = new KernelRun(options);
        for (var i = 0; i < kernel.Buffers.Length; i++)
        {
            _ = kernel.Buffers[i] switch
            {
                'i' => run.Input($"x{i}", kernel.Floats),
                'z' => run.Zeros($"x{i}", kernel.Floats),
                'o' => run.Output($"x{i}", kernel.Floats),
                _ => run.Uninitialised($"x{i}", kernel.Floats),
            };
        }
        return run.Launch(body, kernel.Grid, kernel.Block, kernel.Declarations);
    }
}
