using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Information;
using Mimir.Runtime.Tests.Data;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class TrainingLoopTests
{
    private const float Beta1 = 0.9f;

    [Test]
    public void AnEpochReportsTheMeansOfItsBatches()
    {
        var (reports, step, _) = Run(epochs: 2, accumulate: 1, clip: 0, [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1]);
        Assert.That(step.Steps, Is.EqualTo(new long[] { 0, 1, 2, 3, 4, 5 }).AsCollection);
        Assert.That(reports.Select(r => (r.Epoch, r.Epochs, r.Step)), Is.EqualTo(new[] { (1, 2, 3L), (2, 2, 6L) }).AsCollection);
        Assert.That(reports.Select(r => r.Metrics["loss"]), Is.EqualTo(new[] { 2.0, 5.0 }).AsCollection);
        Assert.That(reports.Select(r => r.Metrics["sometimes"]), Is.EqualTo(new[] { 1.0, 4.0 }).AsCollection, "means of the batches that had one");
        Assert.That(reports[0].Metrics.Keys, Has.None.EqualTo("never"));
        Assert.That(reports.Select(r => r.Rate), Is.EqualTo(new[] { 2.0 / 3, 1 }).Within(1e-12).AsCollection, "warm-up of an epoch, before each step");
    }

    [Test]
    public void AccumulatedGradientsAreAveraged()
    {
        // First moments after one step from zero: (1 − β₁) times the mean gradient.
        var (_, step, moments) = Run(epochs: 1, accumulate: 3, clip: 0, [1, 1, 1], [1, 2, 6]);
        Assert.That(step.Steps, Has.Count.EqualTo(3));
        Assert.That(moments, Is.EqualTo((1 - Beta1) * 3).Within(1e-6));
    }

    [Test]
    public void BatchesThatFillNoStepAreLeftOut()
    {
        var (reports, step, _) = Run(epochs: 2, accumulate: 2, clip: 0, [1, 3, 5, 7], [1, 1, 1, 1]);
        Assert.That(step.Steps, Is.EqualTo(new long[] { 0, 1, 2, 3 }).AsCollection, "two of the three batches of an epoch");
        Assert.That(reports.Select(r => r.Metrics["loss"]), Is.EqualTo(new[] { 2.0, 6.0 }).AsCollection);
    }

    [Test]
    public void EveryReplayIsAStepOfTheOptimiser()
    {
        using var device = new HostDevice(2);
        using var step = new ScriptedStep(device, [1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 1, 1, 1, 1, 1, 1, 1]);
        using var optimizer = Optimizer(step);
        var watch = new Watch();
        Run(device, step, optimizer, new LoopSettings(1, 1, 0, 1, Replays: 3), watch);
        Assert.That(step.Steps, Is.EqualTo(Enumerable.Range(0, 9).Select(number => (long)number)).AsCollection);
        Assert.That((optimizer.StepsTaken, watch.Steps), Is.EqualTo((9L, 3)), "steps of the optimiser, batches told of");
        Assert.That(watch.Reports.Single().Metrics["loss"], Is.EqualTo(5));
        Assert.That(watch.Reports.Single().Rate, Is.EqualTo(8.0 / 9).Within(1e-12), "the rate moves on with each");
    }

    [Test]
    public void AnObserverCanEndTheRun()
    {
        using var device = new HostDevice(2);
        using var step = new ScriptedStep(device, [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1]);
        using var optimizer = Optimizer(step);
        using var batches = Batcher.ForTraining(SmallSets.Bytes(13, new ImageShape(3, 8, 8), TinyModels.Classes), AugmentationPlan.None, 4, 1, device);
        var loop = new TrainingLoop(step, optimizer, new CosineSchedule(1, 1, 1, 2), new LoopSettings(2, 1, 0, 1));
        loop.Run(batches, new Ending(loop), CancellationToken.None);
        Assert.That(step.Steps, Has.Count.EqualTo(3));
    }

    [TestCase(1, 0.5)]
    [TestCase(3, 0.5)]
    [TestCase(1, 1e9)]
    public void LongGradientsAreClipped(int accumulate, double clip)
    {
        var (_, step, moments) = Run(epochs: 1, accumulate, clip, [1, 1, 1], [2, 2, 2], steps: 1);
        var norm = 2 * Math.Sqrt(step.Model.Parameters.Parameters.Sum(p => p.Shape.Count));
        Assert.That(moments / (1 - Beta1) / 2 * norm, Is.EqualTo(Math.Min(clip, norm)).Within(1e-4 * Math.Min(clip, norm)));
    }

    [TestCase(double.NaN, 1f, 0.0, "loss")]
    [TestCase(double.PositiveInfinity, 1f, 0.0, "loss")]
    [TestCase(1.0, float.NaN, 1.0, "gradient")]
    [TestCase(1.0, float.NegativeInfinity, 1.0, "gradient")]
    [TestCase(1.0, float.NaN, 0.0, "gradient")]
    [TestCase(1.0, float.NegativeInfinity, 0.0, "gradient")]
    [TestCase(1.0, 1e25f, 0.0, "gradient")]
    public void ADivergedStepStopsTheRunBeforeTheObserverHearsOfIt(double loss, float gradient, double clip, string what)
    {
        using var device = new HostDevice(2);
        using var step = new ScriptedStep(device, [1, loss, 1], [1, gradient, 1]);
        using var optimizer = Optimizer(step);
        var watch = new Watch();
        Assert.That(
            () => Run(device, step, optimizer, new LoopSettings(1, 1, clip, 1), watch),
            Throws.TypeOf<TrainingDivergedException>().With.Message.Contains($"the {what} of batch {(what == "loss" ? 2 : 3)} in epoch 1").Or.Message.Contains($"the {what} of batch 2 in epoch 1"));
        Assert.That((watch.Steps, watch.Reports.Count), Is.EqualTo((1, 0)), "what the observer heard");
        if (float.IsFinite(gradient) && what == "gradient")
            return; // its square overflows, which only the optimiser sees
        Assert.That(optimizer.StepsTaken, Is.EqualTo(1));
        Assert.That(step.Model.Parameters.Values.ToArray(), Is.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public void AStepOfTheOptimiserLeavesNoGradient([Values] bool pretraining)
    {
        const int Batch = 12;
        using var device = new HostDevice(2);
        using ITrainingStep step = pretraining
            ? new PretrainTask(
                TinyModels.Autoencoder(device), new PretrainObjective { Method = PretrainMethod.Mimir, Budget = new(0.03f, 0.03f, 1) }, new HsicCca(), Batch)
            : new FinetuneTask(TinyModels.Classifier(device), new ClassifierObjective(new AttackBudget(0.03f, 0.03f, 1), 0, 0), Batch);
        using var optimizer = Optimizer(step);
        using var batches = Batcher.ForTraining(SmallSets.Bytes(24, new ImageShape(3, 8, 8), TinyModels.Classes), AugmentationPlan.None, Batch, 1, device);
        var metrics = new double[step.MetricNames.Count];
        for (var number = 0; number < 2; number++)
            step.Run(batches.Next(), 1, number, metrics);
        Assert.That(step.Gradients.All.Length, Is.GreaterThan(1));
        Assert.That(step.Gradients.Sum(), Is.Not.All.Zero);
        Assert.That(optimizer.Step(step.Gradients, 1e-3, 0.5));
        foreach (var shard in step.Gradients.All)
            Assert.That(shard.ToArray(), Is.All.Zero, "frozen tables and gaps included: nothing writes there");
        step.Model.Dispose();
    }

    [Test]
    public void ParametersThatAreNotNumbersAreNoticed([Values] bool pretraining)
    {
        using var device = new HostDevice(2);
        using ITrainingStep step = pretraining
            ? new PretrainTask(
                TinyModels.Autoencoder(device), new PretrainObjective { Method = PretrainMethod.Mimir, Budget = new(0.03f, 0.03f, 1) }, new HsicCca(), 4)
            : new FinetuneTask(TinyModels.Classifier(device), new ClassifierObjective(new AttackBudget(0.03f, 0.03f, 1), 0, 0), 4);
        step.Model.Parameters["blocks.1.mlp.fc2.bias"].Value.AsSpan()[3] = float.NaN;
        using var optimizer = Optimizer(step);
        Assert.That(() => Run(device, step, optimizer, new LoopSettings(1, 1, 0, 1), new Watch()), Throws.TypeOf<TrainingDivergedException>());
        Assert.That(optimizer.StepsTaken, Is.Zero);
        step.Model.Dispose();
    }

    private static (List<EpochReport> Reports, ScriptedStep Step, double FirstMoment) Run(
        int epochs, int accumulate, double clip, double[] losses, float[] gradients, int steps = -1)
    {
        using var device = new HostDevice(2);
        using var step = new ScriptedStep(device, losses, gradients);
        using var optimizer = Optimizer(step);
        var watch = new Watch(steps);
        try
        {
            Run(device, step, optimizer, new LoopSettings(epochs, accumulate, clip, 1), watch);
        }
        catch (OperationCanceledException)
        {
            Assert.That(optimizer.StepsTaken, Is.EqualTo(steps));
        }

        return (watch.Reports, step, optimizer.FirstMoments.AsSpan()[0]);
    }

    private static void Run(HostDevice device, ITrainingStep step, AdamWOptimizer optimizer, LoopSettings settings, Watch watch)
    {
        using var batches = Batcher.ForTraining(SmallSets.Bytes(13, new ImageShape(3, 8, 8), TinyModels.Classes), AugmentationPlan.None, 4, 1, device);
        new TrainingLoop(step, optimizer, new CosineSchedule(1, 1, 1, settings.Epochs), settings).Run(batches, watch, watch.Token);
    }

    private static AdamWOptimizer Optimizer(ITrainingStep step) =>
        new(step.Model.Parameters, ParameterGroups.Pretraining(step.Model.Parameters, 0), Beta1, 0.999f);

    private sealed class Ending(TrainingLoop loop) : ITrainingObserver
    {
        public void OnStep(in StepProgress progress)
        {
        }

        public void OnEpoch(EpochReport report) => loop.End();
    }

    private sealed class Watch(int steps = -1) : ITrainingObserver
    {
        private readonly CancellationTokenSource _source = new();

        public List<EpochReport> Reports { get; } = [];

        public CancellationToken Token => _source.Token;

        public int Steps { get; private set; }

        public void OnStep(in StepProgress progress)
        {
            Steps++;
            if (steps > 0)
                _source.Cancel();
        }

        public void OnEpoch(EpochReport report) => Reports.Add(report);
    }
}
