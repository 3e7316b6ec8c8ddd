namespace Mimir.Cli.Tests.Commands.Ptx;

internal sealed class PtxRunTests : PtxFixture
{
    [Test]
    public void ArraysAndNumbersGoInAndResultsComeOut([Values("in-order", "random:7", "adversarial")] string schedule)
    {
        var (x, y) = (Write("x.npy", Ramp(1000)), In("y.npy"));
        var run = Scale("4", "256", $"in:{x}", $"out:f32[10,100]={y}", "f32:0.5", "u32:1000", "--schedule", schedule).RequireDone();
        Assert.That(run.Out, Does.Contain("scale, grid (4, 1, 1), block (256, 1, 1): no errors; ").And.Contain($"wrote {y}"));
        Assert.That(Read<float>(y), Is.EqualTo(Ramp(1000).Select(value => value / 2)).AsCollection);
    }

    [Test]
    public void AnArrayIsReadAndWritten()
    {
        var (x, y) = (Write("a.npy", Ramp(64)), In("b.npy"));
        Scale("1", "64", $"inout:{x}={y}", $"inout:{x}={y}", "f32:3", "u32:64").RequireDone(); // two arrays: the second is written, and its file last
        Assert.That(Read<float>(y), Is.EqualTo(Ramp(64).Select(value => 3 * value)).AsCollection);
        Assert.That(Read<float>(x), Is.EqualTo(Ramp(64)).AsCollection);
    }

    [Test]
    public void ViewsPassAnAddressAndACount()
    {
        var (x, y) = (Write("v.npy", 1, 2, 3), In("w.npy"));
        CommandRun.Of("ptx", "run", Write("view.ptx", SmallKernels.View), "--entry", "increment", "--grid", "1", "--block", "32", "--arg", $"view-inout:{x}={y}").RequireDone();
        Assert.That(Read<int>(y), Is.EqualTo(new[] { 2, 3, 4 }).AsCollection);
    }

    [Test]
    public void ConstantsHaveTheirInitialValuesOrAFile()
    {
        var file = Write("table.ptx", SmallKernels.Table);
        string[] launch = ["ptx", "run", file, "--entry", "copy_table", "--grid", "1", "--block", "4", "--arg", $"out:i32[4]={In("t.npy")}"];
        CommandRun.Of(launch).RequireDone();
        Assert.That(Read<int>(In("t.npy")), Is.EqualTo(new[] { 1, 2, 0, 0 }).AsCollection);
        CommandRun.Of([.. launch, "--global", $"table={Write("values.npy", 5, 6, 7, 8)}"]).RequireDone();
        Assert.That(Read<int>(In("t.npy")), Is.EqualTo(new[] { 5, 6, 7, 8 }).AsCollection);
        CommandRun.Of("ptx", "run", file, "--entry", "copy_table", "--grid", "1", "--block", "4", "--arg", "null").RequireDone();
    }

    [Test]
    public void BytesAreAParameterAsItLies()
    {
        var (x, y) = (Write("bx.npy", Ramp(4)), In("by.npy"));
        Scale("1", "4", $"in:{x}", $"out:f32[4]={y}", "bytes:00000040", "bytes:04000000").RequireDone();
        Assert.That(Read<float>(y), Is.EqualTo(new[] { 0f, 2, 4, 6 }).AsCollection);
    }

    [Test]
    public void AnAccessBehindAnArrayIsNamed()
    {
        var (x, y) = (Write("short.npy", Ramp(60)), In("long.npy"));
        var run = Scale("1", "64", $"in:{x}", $"out:f32[64]={y}", "f32:1", "u32:64", "--json");
        var report = Document(run);
        var found = report["diagnostics"]!.AsArray().First(one => (string)one!["kind"]! == "out-of-bounds")!;
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
            Assert.That((bool)report["passed"]!, Is.False);
            Assert.That((string)found["severity"]!, Is.EqualTo("error"));
            Assert.That((string)found["kernel"]!, Is.EqualTo("scale"));
            Assert.That((int)found["line"]!, Is.EqualTo(SmallKernels.Scale.Split('\n').TakeWhile(line => !line.Contains("ld.global")).Count() + 1));
            Assert.That(found["block"]!.AsArray().Select(size => (int)size!), Is.EqualTo(new[] { 0, 0, 0 }).AsCollection);
            Assert.That(found["thread"]!.AsArray().Select(size => (int)size!), Is.EqualTo(new[] { 60, 0, 0 }).AsCollection);
            Assert.That((string)found["address"]!, Does.StartWith("0x"));
            Assert.That((string)found["message"]!, Does.Contain("0 bytes behind 'argument 1, short.npy' (240 bytes)"));
            Assert.That((string)found["allocation"]!, Is.EqualTo("argument 1, short.npy+240"));
        });
    }

    [Test]
    public void AResultThatIsNotWrittenIsAnError()
    {
        var (x, y) = (Write("few.npy", Ramp(64)), In("many.npy"));
        var run = Scale("1", "64", $"in:{x}", $"out:f32[64]={y}", "f32:1", "u32:60");
        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Failed, "")));
        Assert.That(run.Out, Does.Contain("error: unwritten-output: ").And.Contain("many.npy"));
        Scale("1", "64", $"in:{x}", $"out:f32[64]={y}", "f32:1", "u32:60", "--checks", "memory,race").RequireDone();
        Scale("1", "64", $"in:{x}", $"out:f32[64]={y}", "f32:1", "u32:60", "--checks", "none").RequireDone();
    }

    [Test]
    public void ARaceIsFoundInEverySchedule([Values("in-order", "random:1", "adversarial")] string schedule)
    {
        CommandRun Run(string file) => CommandRun.Of(
            "ptx", "run", file, "--entry", "neighbours", "--grid", "1", "--block", "64", "--shared", "256", "--arg", $"out:u32[64]={In("n.npy")}", "--schedule", schedule);
        var run = Run(Write("race.ptx", SmallKernels.Neighbours(withBarrier: false)));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Out, Does.Contain("error: shared-race: "));
        Run(Write("norace.ptx", SmallKernels.Neighbours(withBarrier: true))).RequireDone();
        Assert.That(Read<uint>(In("n.npy")), Is.EqualTo(Enumerable.Range(0, 64).Select(i => (uint)i ^ 63)).AsCollection);
    }

    [Test]
    public void CountersComeWithTheDocument()
    {
        var (x, y) = (Write("cx.npy", Ramp(256)), In("cy.npy"));
        var report = Document(Scale("1", "256", $"in:{x}", $"out:f32[256]={y}", "f32:0.5", "u32:256", "--json"));
        var counters = report["counters"]!;
        Assert.Multiple(() =>
        {
            Assert.That((long)report["instructions"]!, Is.EqualTo(18 * 256));
            Assert.That((double)report["seconds"]!, Is.Positive);
            Assert.That((long)counters["flops"]!, Is.EqualTo(256));
            Assert.That((double)counters["global"]!["sectors_per_request"]!, Is.EqualTo(4));
            Assert.That((double)counters["branch_efficiency"]!, Is.EqualTo(1));
            Assert.That((string)report["outputs"]![0]!, Is.EqualTo(y));
        });
    }

    [Test]
    public void AFileWithErrorsDoesNotRun()
    {
        var file = Write("refused.ptx", SmallKernels.Scale.Replace("mul.rn.f32", "mul.rn.f33"));
        var run = CommandRun.Of("ptx", "run", file, "--entry", "scale", "--grid", "1", "--block", "32");
        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Failed, "")));
        Assert.That(run.Out, Does.Contain($"{file}:25:11: error: ").And.Contain("nothing ran"));
    }

    [TestCase("--entry other --grid 1 --block 32", "--entry other: * has no kernel of that name; it has scale")]
    [TestCase("--entry scale --grid 1 --block 32 --arg f32:1", "--arg is given 1 time, and scale has 4 parameters: x (8 bytes), y (8 bytes), factor (4 bytes), count (4 bytes)")]
    [TestCase("--entry scale --grid 1 --block 32 --arg null --arg null --arg f64:1 --arg u32:1", "--arg number 3 has 8 bytes, and the parameter factor of scale has 4")]
    [TestCase("--entry scale --grid 1 --block 32 --arg null --arg null --arg f32:1 --arg u32:1 --global a=b.npy", "--global a: the module has no variables")]
    [TestCase("--entry scale --grid 1 --block 32 --global a", "--global 'a' is not NAME=FILE.npy")]
    [TestCase("--entry scale --block 32", "--grid is required: --grid X[,Y[,Z]]")]
    [TestCase("--grid 1 --block 32", "--entry is required: --entry NAME")]
    [TestCase("--entry scale --grid 1 --block 0", "--block '0' is not a whole number from 1 on; write X[,Y[,Z]]")]
    [TestCase("--entry scale --grid 1,1,1,1 --block 32", "--grid has 4 sizes; write X[,Y[,Z]]")]
    [TestCase("--entry scale --grid 1 --block 32 --shared -4", "--shared -4 must be at least 0")]
    [TestCase("--entry scale --grid 1 --block 32 --schedule backwards", "--schedule 'backwards' is unknown; use in-order, random:SEED or adversarial")]
    [TestCase("--entry scale --grid 1 --block 32 --mma volta", "--mma 'volta' is unknown; use one of fast, ampere, hopper")]
    [TestCase("--entry scale --grid 1 --block 32 --checks memory,races", "--checks 'races' is unknown; did you mean race?; use all, none or a list of memory, initialisation, race, synchronisation, outputs")]
    [TestCase("--entry scale --grid 1 --block 32 --arg f31:1", "--arg 'f31:1' is no argument: 'f31' is unknown; write *")]
    public void WrongUsageIsOneLine(string options, string message)
    {
        var run = CommandRun.Of(["ptx", "run", Write("usage.ptx", SmallKernels.Scale), .. options.Split(' ')]);
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.Usage));
            Assert.That(run.Error.TrimEnd(), Does.Match("^mimir: " + System.Text.RegularExpressions.Regex.Escape(message).Replace("\\*", ".+") + "$"));
            Assert.That(run.Out, Is.Empty);
        });
    }

    [TestCase("1,1,65")]
    [TestCase("2048")]
    public void ABlockThatNoDeviceTakesIsWrongUsage(string block)
    {
        var run = Scale("1", block, "null", "null", "f32:1", "u32:0");
        Assert.That((run.Code, run.Error.Trim().Split('\n').Length), Is.EqualTo((ExitCode.Usage, 1)), run.Error);
    }

    [Test]
    public void AMissingArrayIsOneLine() =>
        Scale("1", "32", $"in:{In("absent.npy")}", "null", "f32:1", "u32:1").RequireFailure(ExitCode.Failed, $"{In("absent.npy")} does not exist");

    [Test]
    public void AMissingFileIsOneLine() => CommandRun.Of("ptx", "run", In("absent.ptx"), "--entry", "scale", "--grid", "1", "--block", "32")
        .RequireFailure(ExitCode.Failed, $"{In("absent.ptx")} does not exist");

    [Test]
    public void AVariableOfAnotherSizeIsRefused()
    {
        var run = CommandRun.Of(
            "ptx", "run", Write("size.ptx", SmallKernels.Table), "--entry", "copy_table", "--grid", "1", "--block", "4", "--arg", "null",
            "--global", $"table={Write("three.npy", 1, 2, 3)}");
        run.RequireFailure(ExitCode.Usage, $"--global table: {In("three.npy")} has 12 bytes, and the variable has 16");
    }

    [Test]
    public void CountersArePrintedInTables()
    {
        var (x, y) = (Write("tx.npy", Ramp(256)), In("ty.npy"));
        var run = CommandRun.Of(
            "ptx", "counters", Write("counted.ptx", SmallKernels.Scale), "--entry", "scale", "--grid", "1", "--block", "256",
            "--arg", $"in:{x}", "--arg", $"out:f32[256]={y}", "--arg", "f32:2", "--arg", "u32:256").RequireDone();
        Assert.That(run.Out, Does.Match("warp instructions +152 ")
            .And.Match("global requests +16 +4.00 sectors a request").And.Match("float32 +8 +256").And.Match("registers +[0-9]+ +estimated"));
    }

    private CommandRun Scale(string grid, string block, params string[] rest)
    {
        var options = Array.FindIndex(rest, one => one.StartsWith("--", StringComparison.Ordinal));
        var arguments = options < 0 ? rest : rest[..options];
        return CommandRun.Of([
            "ptx", "run", Write("scale.ptx", SmallKernels.Scale), "--entry", "scale", "--grid", grid, "--block", block,
            .. arguments.SelectMany(argument => new[] { "--arg", argument }), .. options < 0 ? [] : rest[options..]]);
    }
}
