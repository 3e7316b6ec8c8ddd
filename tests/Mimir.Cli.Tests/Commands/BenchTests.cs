using System.Globalization;
using System.Text.Json.Nodes;

namespace Mimir.Cli.Tests.Commands;

internal sealed class BenchTests
{
    private static readonly string[] s_tiny =
        ["--model", "vit_micro", "--patch", "8", "--embed", "16", "--depth", "1", "--heads", "2", "--batch", "6", "--threads", "2", "--repetitions", "2"];

    [Test]
    public void PeakTellsMultiplyAddsAndBandwidths()
    {
        var report = Json("bench", "peak", "--threads", "2", "--json");
        Assert.Multiple(() =>
        {
            Assert.That((string)report["verb"]!, Is.EqualTo("bench peak"));
            Assert.That((int)report["threads"]!, Is.EqualTo(2));
            Assert.That((double)report["peak_gflops"]!, Is.GreaterThan(0));
            Assert.That((double)report["peak_gflops_one_core"]!, Is.GreaterThan(0));
            Assert.That((string)report["bandwidth_kernel"]!, Does.StartWith("triad"));
            Assert.That(report["bandwidths"]!.AsArray().Select(level => (string)level!["level"]!), Is.SupersetOf(new[] { "l2", "dram" }));
            Assert.That(report["bandwidths"]!.AsArray().Select(level => (double)level!["gigabytes_per_second"]!), Is.All.GreaterThan(0));
            Assert.That((double)report["bandwidths"]![0]!["gigabytes_per_second_one_core"]!, Is.GreaterThan(0));
        });
    }

    [Test]
    public void PeakPrintsATable()
    {
        var run = CommandRun.Of("bench", "peak", "--threads", "1").RequireDone();
        Assert.That(run.Out, Does.Match("one core +1 thread").And.Match("multiply-adds +[0-9]+ +[0-9]+ +GFLOP/s").And.Match("dram +[0-9.]+ +[0-9.]+ +GB/s").And.Contain("triad"));
        Assert.That(run.Error, Is.Empty);
    }

    [Test]
    public void KernelsHaveAnEntryAShapeWhoseRatesFollowFromTheWork()
    {
        var report = Json("bench", "kernels", "--family", "attention", "--threads", "1", "--json");
        var kernels = report["kernels"]!.AsArray();
        var shapes = kernels.Select(one => ((string)one!["kernel"]!, (string)one["shape"]!)).ToArray();
        Assert.That(shapes, Is.Unique);
        Assert.That(shapes, Is.SupersetOf(
            from kernel in new[] { "Attention.Forward", "Attention.Backward" }
            from shape in new[] { "30x17x3x64", "8x65x3x64", "2x257x3x64", "30x17x16x8", "8x65x16x8", "2x257x16x8" }
            select (kernel, shape)));
        foreach (var one in kernels)
        {
            Assert.That(
                one!.AsObject().Select(property => property.Key),
                Is.EqualTo(new[] { "kernel", "shape", "note", "milliseconds", "milliseconds_best", "gflops", "gigabytes_per_second", "share_of_peak", "bound" }));
            var sizes = ((string)one["shape"]!).Split('x').Select(size => double.Parse(size, CultureInfo.InvariantCulture)).ToArray();
            var flops = ((string)one["kernel"]! == "Attention.Forward" ? 4 : 10) * sizes[0] * sizes[1] * sizes[1] * sizes[2] * sizes[3];
            Assert.That((double)one["gflops"]! * (double)one["milliseconds"]! * 1e6, Is.EqualTo(flops).Within(1e-6).Percent);
            Assert.That((double)one["milliseconds_best"]!, Is.LessThanOrEqualTo((double)one["milliseconds"]!));
            Assert.That((string)one["bound"]!, Is.EqualTo("compute").Or.EqualTo("memory"));
            if ((string)one["bound"]! == "compute")
                Assert.That((double)one["share_of_peak"]!, Is.EqualTo((double)one["gflops"]! / (double)report["peak_gflops"]!).Within(1e-6).Percent);
        }
    }

    [Test]
    public void KernelsPrintATable()
    {
        var run = CommandRun.Of("bench", "kernels", "--family", "Philox", "--threads", "1").RequireDone();
        Assert.That(run.Out, Does.Match(@"kernel +shape +note +ms +best +GFLOP/s +GB/s +of peak +bound").And.Match(@"Philox\.Uniform +393216 .+ % +(memory|compute)"));
        Assert.That(run.Out, Does.Contain("measured limits of all threads: "));
        Assert.That(run.Error, Does.StartWith("mimir 0.1.0 bench kernels on cpu: 1 thread"));
    }

    [Test]
    public void AStepsFiguresFitTogether()
    {
        var report = Json(["bench", "step", .. s_tiny, "--json"]);
        var steps = report["steps"]!.AsArray();
        Assert.That(steps.Select(one => (string)one!["task"]!), Is.EqualTo(new[] { "pretrain", "finetune", "eval", "trades" }));
        Assert.That((int)report["seed"]!, Is.Zero);
        Assert.That((string)report["version"]!, Is.EqualTo("0.1.0"));
        Assert.That((string)report["device"]!, Is.EqualTo("cpu"));
        foreach (var one in steps)
        {
            var (seconds, best) = ((double)one!["seconds_per_step"]!, (double)one["seconds_per_step_best"]!);
            Assert.Multiple(() =>
            {
                Assert.That((string)one["model"]!, Is.EqualTo("vit_micro"));
                Assert.That(((int)one["patch"]!, (int)one["batch"]!, (int)one["threads"]!, (int)one["repetitions"]!), Is.EqualTo((8, 6, 2, 2)));
                Assert.That(best, Is.GreaterThan(0).And.LessThanOrEqualTo(seconds));
                Assert.That((double)one["images_per_second"]!, Is.EqualTo(6 / seconds).Within(1e-6).Percent);
                Assert.That((double)one["images_per_second_best"]!, Is.EqualTo(6 / best).Within(1e-6).Percent);
                Assert.That(
                    (double)one["share_of_peak"]!,
                    Is.EqualTo((double)one["gflop_per_image"]! * 6 / seconds / (double)one["peak_gflops"]!).Within(1e-6).Percent);
                Assert.That((double)one["rss_mib"]!, Is.InRange(1, 4096));
                Assert.That((long)one["allocated_bytes_per_step"]!, Is.GreaterThanOrEqualTo(0));
            });
        }

        // 23 forward passes' worth against 41.
        Assert.That((double)steps[2]!["gflop_per_image"]! / (double)steps[1]!["gflop_per_image"]!, Is.EqualTo(41.0 / 23).Within(1e-9));
    }

    [Test]
    public void AStepIsToldOnStderrAndInATable()
    {
        var run = CommandRun.Of(["bench", "step", .. s_tiny, "--task", "finetune"]).RequireDone();
        Assert.That(run.Out.TrimEnd().Split(Environment.NewLine), Has.Length.EqualTo(2));
        Assert.That(run.Out, Does.Match(@"task +model +patch +batch +images/s").And.Match(@"finetune +vit_micro +8 +6 +[0-9.]+"));
        Assert.That(run.Error, Does.Contain("finetune vit_micro p8 b6: step 2, "));
    }

    [Test]
    public void NoStepStartsWhenTheSecondsAreOver()
    {
        var report = Json(["bench", "step", .. s_tiny[..^2], "--task", "eval", "--seconds", "0", "--json"]);
        Assert.That((int)report["steps"]![0]!["repetitions"]!, Is.EqualTo(1));
    }

    [Test]
    public void ASingleStepsFiguresStandAtTheTopToo()
    {
        string[] figures =
            ["images_per_second", "images_per_second_best", "seconds_per_step", "peak_gflops", "share_of_peak", "gflop_per_image", "rss_mib"];
        var one = Json(["bench", "step", .. s_tiny, "--task", "eval", "--json"]);
        foreach (var figure in figures)
            Assert.That((double)one[figure]!, Is.EqualTo((double)one["steps"]![0]![figure]!), figure);
        var several = Json(["bench", "step", .. s_tiny, "--json"]);
        foreach (var figure in figures)
            Assert.That(several[figure], Is.Null, figure);
    }

    [Test]
    public void BenchListsItsParts() =>
        Assert.That(CommandRun.Of("bench", "--help").RequireDone().Out, Does.Match("  peak +Measures").And.Match("  kernels +Times").And.Match("  step +Times"));

    private static JsonNode Json(params string[] line) => JsonNode.Parse(CommandRun.Of(line).RequireDone().Out)!;
}
