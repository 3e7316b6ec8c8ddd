using System.Diagnostics;
using System.Text.Json.Nodes;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Benchmarks;
using Mimir.Runtime.Recipes;

namespace Mimir.Runtime.Tests.Benchmarks;

internal sealed class StepProfileTests
{
    private static readonly StepCase s_case =
        StepCase.Of(StepTask.Pretrain, new ModelRecipe { Name = "vit_micro", Patch = 4, Embed = 16, Depth = 1, Heads = 2 }, 12);

    private static readonly MachineLimits s_limits = new(2, 400, [new("dram", double.PositiveInfinity, 20)]);

    [Test]
    public void RowsAndTimeOutsideKernelsAddUpToTheStepOnEveryLane()
    {
        var second = Stopwatch.Frequency;
        KernelShape small = new(2, 3, Form: "bias"), large = new(4, 3, Form: "bias");
        KernelCall[] calls =
        [
            new("A.Run", small, 100e9, 1e9, 0, second, Lane: 0, Lanes: 1),
            new("A.Run", small, 100e9, 1e9, 0, second, Lane: 1, Lanes: 1),
            new("A.Run", large, 1e9, 1e9, second, 2 * second, Lane: 1, Lanes: 1),
            new("B.Run", large, 0, 20e9, 3 * second, 5 * second, Lane: 0, Lanes: 2),
        ];
        var profile = StepProfile.Of(s_case, s_limits, 0, 6 * second, calls);
        Assert.Multiple(() =>
        {
            Assert.That(profile.Seconds, Is.EqualTo(6));
            Assert.That(profile.Rows.Select(row => (row.Kernel, row.Shape, row.Calls, row.Seconds)), Is.EqualTo(new[]
            {
                ("B.Run", large, 1, 4.0), // the team's call counts on both lanes
                ("A.Run", small, 2, 2.0),
                ("A.Run", large, 1, 1.0),
            }));
            Assert.That(profile.OutsideSeconds, Is.EqualTo(new[] { 3.0, 2.0 }));
            Assert.That(profile.Rows[0].Rate, Is.EqualTo(new KernelRate(0, 5, 0.5, Bound.Memory)));
            Assert.That(profile.Rows[1].Rate, Is.EqualTo(new KernelRate(100, 1, 0.5, Bound.Compute)));
            Assert.That(profile.Rows[1].Share, Is.EqualTo(2.0 / 12));
        });
    }

    [Test]
    public void AStepsCallsLieInsideItAndNeverOverlapOnALane([Values] StepTask task, [Values(1, 2)] int threads)
    {
        using var device = new HostDevice(threads);
        var profile = StepProfile.Measure(device, s_case with { Task = task }, new StepLimit(1), (_, _) => { }, default);
        Assert.That(device.Listener, Is.Null);
        Assert.That(profile.Calls, Is.Not.Empty);
        Assert.That(profile.Calls.Min(call => call.StartTicks), Is.GreaterThanOrEqualTo(profile.StartTicks));
        Assert.That(profile.Calls.Max(call => call.EndTicks), Is.LessThanOrEqualTo(profile.EndTicks));
        for (var lane = 0; lane < threads; lane++)
        {
            var ends = long.MinValue;
            foreach (var call in profile.Calls.Where(call => call.Lane == lane || call.Lanes > 1).OrderBy(call => call.StartTicks))
            {
                Assert.That(call.StartTicks, Is.GreaterThanOrEqualTo(ends), $"{call} on lane {lane}");
                ends = call.EndTicks;
            }
        }

        Assert.That(profile.OutsideSeconds, Has.Count.EqualTo(threads).And.All.GreaterThanOrEqualTo(0));
        Assert.That(profile.Rows.Sum(row => row.Share) + profile.OutsideSeconds.Sum() / threads / profile.Seconds, Is.EqualTo(1).Within(1e-9));
        Assert.That(profile.Rows.Sum(row => row.Calls), Is.EqualTo(profile.Calls.Count));
        Assert.That(profile.Rows.Select(row => (row.Kernel, row.Shape)), Is.Unique);
    }

    [Test]
    public void ATraceHoldsEveryCallAndNamesTheLanes()
    {
        var second = Stopwatch.Frequency;
        KernelCall[] calls =
        [
            new("A.Run", new KernelShape(2, 3, Form: "bias"), 6, 12, 5 * second, 6 * second, Lane: 1, Lanes: 1),
            new("B.Run", new KernelShape(4), 7, 13, 6 * second, 7 * second, Lane: 0, Lanes: 2),
        ];
        using var stream = new MemoryStream();
        ChromeTrace.Write(stream, StepProfile.Of(s_case, s_limits, 4 * second, 8 * second, calls));
        var events = JsonNode.Parse(stream.ToArray())!["traceEvents"]!.AsArray();
        var complete = events.Where(e => (string)e!["ph"]! == "X").ToArray();
        var names = events.Where(e => (string)e!["name"]! == "thread_name").ToDictionary(e => (int)e!["tid"]!, e => (string)e!["args"]!["name"]!);
        Assert.Multiple(() =>
        {
            Assert.That(names, Is.EquivalentTo(new Dictionary<int, string> { [0] = "lane 0", [1] = "lane 1", [2] = "step" }));
            Assert.That(complete.Select(e => ((string)e!["name"]!, (int)e["tid"]!, (double)e["ts"]!, (double)e["dur"]!)), Is.EqualTo(new[]
            {
                ("pretrain vit_micro p4 b12", 2, 0.0, 4e6), ("A.Run", 1, 1e6, 1e6), ("B.Run", 0, 2e6, 1e6),
            }));
            Assert.That(complete[1]!["args"]!.ToJsonString(), Is.EqualTo("""{"shape":"2x3","form":"bias","flops":6,"bytes":12,"lanes":1}"""));
            Assert.That(events.Select(e => (int)e!["pid"]!).Distinct(), Has.Exactly(1).Items);
        });
    }
}
