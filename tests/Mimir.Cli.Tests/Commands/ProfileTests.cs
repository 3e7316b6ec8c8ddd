using System.Text.Json.Nodes;

namespace Mimir.Cli.Tests.Commands;

internal sealed class ProfileTests : RunsFixture
{
    private const int Batch = 6;

    private static readonly string[] s_tiny =
        ["profile", "--model", "vit_micro", "--patch", "8", "--embed", "16", "--depth", "1", "--heads", "2", "--batch", $"{Batch}", "--threads", "2"];

    [Test]
    public void TimeAddsUpToTheStepOnEveryLane([Values("pretrain", "finetune", "eval")] string task)
    {
        var report = Json(CommandRun.Of([.. s_tiny, "--task", task, "--json"]));
        var (kernels, outside) = (report["kernels"]!.AsArray(), report["outside_kernels"]!.AsArray());
        var milliseconds = kernels.Concat(outside).Sum(entry => (double)entry!["milliseconds"]!);
        Assert.Multiple(() =>
        {
            Assert.That((string)report["task"]!, Is.EqualTo(task));
            Assert.That(milliseconds, Is.EqualTo((double)report["seconds_per_step"]! * 1e3 * 2).Within(1e-6).Percent);
            Assert.That(kernels.Concat(outside).Sum(entry => (double)entry!["share_of_time"]!), Is.EqualTo(1).Within(1e-9));
            Assert.That(outside.Select(lane => (int)lane!["lane"]!), Is.EqualTo(new[] { 0, 1 }));
            Assert.That(kernels.Select(row => ((string)row!["kernel"]!, (string)row["shape"]!, (string)row["form"]!)), Is.Unique);
            Assert.That(kernels.Select(row => (double)row!["milliseconds"]!), Is.Ordered.Descending);
            Assert.That(kernels.Select(row => (string)row!["bound"]!), Is.All.EqualTo("compute").Or.EqualTo("memory"));
        });
    }

    [Test]
    public void AnEvaluationsProductsAreThoseOfItsCount()
    {
        var report = Json(CommandRun.Of([.. s_tiny, "--task", "eval", "--json"]));
        var products = report["kernels"]!.AsArray().Where(row => ((string)row!["kernel"]!).StartsWith("MatMul.", StringComparison.Ordinal)).Sum(row => (double)row!["flops"]!);
        const double scores = 41 * 4.0 * 17 * 17 * 16; // of an image: one block over 17 tokens of width 16
        Assert.That(products, Is.EqualTo(Batch * ((double)report["gflop_per_image"]! * 1e9 - scores)).Within(1e-6).Percent);
    }

    [Test]
    public void ATraceHoldsEveryCallOfTheStep()
    {
        var file = In("trace.json");
        File.WriteAllText(file, "an earlier one");
        var report = Json(CommandRun.Of([.. s_tiny, "--trace", file, "--json"]));
        var events = JsonNode.Parse(File.ReadAllText(file))!["traceEvents"]!.AsArray();
        var complete = events.Where(entry => (string)entry!["ph"]! == "X").ToArray();
        var step = complete.Single(entry => (string)entry!["cat"]! == "step")!;
        var calls = complete.Where(entry => entry != step).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That((string)report["trace"]!, Is.EqualTo(file));
            Assert.That(calls, Has.Length.EqualTo(report["kernels"]!.AsArray().Sum(row => (int)row!["calls"]!)));
            Assert.That((double)step["dur"]!, Is.EqualTo((double)report["seconds_per_step"]! * 1e6).Within(1e-6).Percent);
            Assert.That(calls.Min(call => (double)call!["ts"]!), Is.GreaterThanOrEqualTo(0));
            Assert.That(calls.Max(call => (double)call!["ts"]! + (double)call["dur"]!), Is.LessThanOrEqualTo((double)step["dur"]! + 1e-3), "in microseconds, rounded once each");
            Assert.That(calls.Sum(call => (double)call!["args"]!["flops"]!), Is.EqualTo((double)step["args"]!["flops"]!));
            Assert.That(calls.Select(call => (string)call!["args"]!["shape"]!), Is.All.Not.Empty);
            Assert.That(calls.Select(call => (int)call!["tid"]!).Distinct(), Is.EquivalentTo(new[] { 0, 1 }));
            Assert.That(
                events.Where(entry => (string)entry!["ph"]! == "M" && (string)entry["name"]! == "thread_name").Select(entry => (string)entry!["args"]!["name"]!),
                Is.EquivalentTo(new[] { "step", "lane 0", "lane 1" }));
            Assert.That(Directory.GetFiles(Path.GetDirectoryName(file)!, "*.tmp"), Is.Empty);
        });
    }

    [Test]
    public void PrintsATableWithTheTimeOutsideKernels()
    {
        var run = CommandRun.Of(s_tiny).RequireDone();
        Assert.That(run.Out, Does.Match(@"kernel +shape +form +calls +ms +of time +GFLOP/s a lane +GB/s a lane +of peak +bound"));
        Assert.That(run.Out, Does.Match(@"MatMul\.Forward +[0-9]+x16x64 +bias, GELU "));
        Assert.That(run.Out, Does.Match(@"outside kernels, lane 1 +[0-9.]+ +[0-9.]+ %").And.Contain("pretrain vit_micro p8 b6: ").And.Contain("measured limits of all threads: "));
    }

    [Test]
    public void TheEmulatorCountsEveryKernel([Values("pretrain", "finetune")] string task)
    {
        var report = Json(CommandRun.Of([.. s_tiny, "--task", task, "--device", "emulator", "--json"]));
        var kernels = report["kernels"]!.AsArray();
        Assert.Multiple(() =>
        {
            Assert.That((string)report["device"]!, Is.EqualTo("emulator"));
            Assert.That(kernels.Select(kernel => (string)kernel!["kernel"]!), Is.Unique.And.Some.StartsWith("matmul_").And.Some.StartsWith("attention_").And.Some.EqualTo("adamw_step_f32"));
            Assert.That(kernels.Select(kernel => (long)kernel!["warp_instructions"]!), Is.Ordered.Descending);
            Assert.That(kernels.Select(kernel => (int)kernel!["registers_estimate"]!), Is.All.InRange(1, 255));
            Assert.That(kernels.Select(kernel => kernel!["occupancy"]!.AsArray().Select(one => (int)one!["target"]!)), Is.All.EqualTo(new[] { 80, 90 }));
            Assert.That(kernels.Sum(kernel => (long)kernel!["flops"]!), Is.Positive);
        });
    }

    [Test]
    public void TheEmulatorPrintsATableMarkedAsAnEstimate()
    {
        var run = CommandRun.Of([.. s_tiny, "--task", "eval", "--device", "emulator"]).RequireDone();
        Assert.That(run.Out, Does.Match(@"^kernel +launches +warp instr\. +fp32 ").And.Match(@"registers\* +occupancy\* sm_80 +sm_90").And.Contain("* estimates: registers by"));
        Assert.That(run.Out, Does.Match(@"eval vit_micro p8 b6: [0-9]+ launches, .+ which says nothing of a GPU's time"));
    }

    [TestCase("--trace", "t.json", "--trace has no effect with --device emulator, whose times say nothing of a GPU")]
    [TestCase("--seconds", "3", "--repetitions and --seconds have no effect with --device emulator: every step does the same")]
    public void TheEmulatorTakesNoTimes(string option, string value, string message) =>
        CommandRun.Of("profile", "--device", "emulator", option, value).RequireFailure(ExitCode.Usage, message);

    [Test]
    public void ATraceNeedsAFolderThatIsThere()
    {
        CommandRun.Of("profile", "--trace", In("nowhere/trace.json")).RequireFailure(
            ExitCode.Usage, $"--trace {In("nowhere/trace.json")}: the folder {In("nowhere")} does not exist");
        CommandRun.Of("profile", "--trace", In(".")).RequireFailure(ExitCode.Usage, $"--trace {In(".")} is a folder; give a file");
    }
}
