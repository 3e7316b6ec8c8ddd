using Mimir.Kernels.Devices;
using Mimir.Runtime.Benchmarks;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Tests.Training;

namespace Mimir.Runtime.Tests.Benchmarks;

internal sealed class StepBenchmarkTests
{
    private static readonly ModelRecipe s_tiny = new() { Name = "vit_micro", Patch = 8, Embed = 16, Depth = 1, Heads = 2 };

    [Test]
    public void RepetitionsAndSecondsLimitTheSteps()
    {
        using var device = new HostDevice(1);
        var what = StepCase.Of(StepTask.Finetune, s_tiny, 4);
        var heard = new List<int>();
        Assert.That(StepBenchmark.Measure(device, what, new StepLimit(3), (count, _) => heard.Add(count), default).Repetitions, Is.EqualTo(3));
        Assert.That(heard, Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(StepBenchmark.Measure(device, what, new StepLimit(100, Seconds: 0), (_, _) => { }, default).Repetitions, Is.EqualTo(1));
    }

    [Test]
    public void ACancelledMeasurementStops()
    {
        using var device = new HostDevice(1);
        using var stop = new CancellationTokenSource();
        var what = StepCase.Of(StepTask.Eval, s_tiny, 4);
        Assert.That(() => StepBenchmark.Measure(device, what, new StepLimit(100), (_, _) => stop.Cancel(), stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void ASteadyStepAllocatesNothing([Values] StepTask task)
    {
        using var device = new HostDevice(2);
        using var step = StepUnderTest.Of(device, StepCase.Of(task, s_tiny, 12));
        var meter = new AllocationMeter(device);
        var (steady, bytes) = (0, 0L);

        // Lanes of an evaluation take images as they become free: one that got none so far makes its things with its first.
        for (var run = 0; run < 30 && steady < 4; run++)
        {
            meter.Start();
            step.Run();
            meter.Stop();
            steady = meter.Bytes.Sum() == bytes ? steady + 1 : 0;
            bytes = meter.Bytes.Sum();
        }

        Assert.That(steady, Is.EqualTo(4), "steps in a row without an allocation");
    }

    [Test]
    public void StepsGiveTheirMemoryBack([Values] StepTask task)
    {
        using var device = new HostDevice(1);
        using (StepUnderTest.Of(device, StepCase.Of(task, s_tiny, 4)))
            Assert.That(device.HeldBytes, Is.GreaterThan(0));
        Assert.That(device.HeldBytes, Is.Zero);
    }
}
