using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Tests.Data;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Recipes;

/// <summary>What a run does when its model collapses: here the model's head is set by hand, so that it knows the images' only class until
/// it suddenly does not.</summary>
[TestFixture]
internal sealed class OverfittingRunTests
{
    private const int Epochs = 5;
    private const int CollapsesIn = 3; // the epoch, from 1
    private const int BatchesPerEpoch = 4;
    private const int Batch = 4;

    private static readonly ImageShape s_shape = new(3, 8, 8);

    [Test]
    public void ReportedTheRunGoesOn()
    {
        using var folder = new TemporaryFolder();
        var last = Train(folder.File("run"), OverfittingResponse.Report);
        Assert.That(last.Epoch, Is.EqualTo(Epochs));
        AssertMetrics(folder.File("run"), Epochs);
        Assert.That(File.Exists(RunFolder.Open(folder.File("run")).CheckpointOfEpoch), Is.False);
    }

    [Test]
    public void StoppedItKeepsTheWeightsOfTheCollapse()
    {
        using var folder = new TemporaryFolder();
        var last = Train(folder.File("run"), OverfittingResponse.Stop);
        Assert.That((last.Epoch, last.Overfitting!.Response), Is.EqualTo((CollapsesIn, OverfittingResponse.Stop)));
        AssertMetrics(folder.File("run"), CollapsesIn);
        Assert.That(Bias(folder.File("run")), Is.EqualTo(new float[] { 0, CollapsesIn, 0, 0, 0 }).AsCollection);
        AssertEnded(folder.File("run"), OverfittingResponse.Stop);
    }

    [Test]
    public void RolledBackItHasTheWeightsOfTheEpochBefore()
    {
        using var folder = new TemporaryFolder();
        var last = Train(folder.File("run"), OverfittingResponse.Rollback);
        Assert.That(last.Epoch, Is.EqualTo(CollapsesIn));
        AssertMetrics(folder.File("run"), CollapsesIn);
        AssertRolledBack(folder.File("run"));
    }

    /// <summary>Stopped in the epoch of the collapse, or failing to write what the collapse leaves, a run goes on to the same end.</summary>
    [Test]
    public void AnInterruptedRunRollsBackToTheSameWeights([Values] bool fails)
    {
        using var folder = new TemporaryFolder();
        var run = folder.File("run");
        if (fails)
        {
            Assert.That(
                () => Train(run, OverfittingResponse.Rollback, new Blockade(RunFolder.CheckpointIn(run))),
                Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
            Directory.Delete(RunFolder.CheckpointIn(run));
            File.Move(RunFolder.CheckpointIn(run) + ".aside", RunFolder.CheckpointIn(run));
        }
        else
        {
            var stop = new TinyRuns.Stop(afterBatch: (CollapsesIn - 1) * BatchesPerEpoch + 2);
            Assert.That(() => Train(run, OverfittingResponse.Rollback, stop, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        }

        Train(run, OverfittingResponse.Rollback, resume: true);
        AssertMetrics(run, CollapsesIn);
        AssertRolledBack(run);
    }

    private static void AssertRolledBack(string run)
    {
        Assert.That(Bias(run), Is.EqualTo(new float[] { CollapsesIn - 1, 0, 0, 0, 0 }).AsCollection);
        using var checkpoint = Checkpoint.Open(run);
        var position = checkpoint.Info.Position!;
        Assert.That((position.Epoch, position.Step, position.OptimiserSteps), Is.EqualTo((CollapsesIn - 1, 8L, 8L)));
        AssertEnded(run, OverfittingResponse.Rollback);
    }

    private static void AssertEnded(string run, OverfittingResponse response) => Assert.That(
        () => Train(run, response, resume: true), Throws.TypeOf<RecipeException>().With.Message.Contains("the overfitting guard ended the run"));

    private static void AssertMetrics(string run, int epochs)
    {
        var lines = File.ReadAllLines(RunFolder.Open(run).Metrics);
        Assert.That(lines, Has.Length.EqualTo(epochs));
        for (var i = 0; i < epochs; i++)
        {
            Assert.That(lines[i], Does.Contain($"\"guard_accuracy\":{(i + 1 < CollapsesIn ? 1 : 0)}"));
            Assert.That(lines[i].Contains("\"overfitting\":{\"guard_before\":1,\"guard_now\":0"), Is.EqualTo(i + 1 == CollapsesIn), lines[i]);
        }
    }

    private static float[] Bias(string run)
    {
        using var file = SafetensorsFile.Open(RunFolder.CheckpointIn(run));
        return file.Read<float>("head.bias");
    }

    private static EpochReport Train(
        string path, OverfittingResponse response, ITrainingObserver? observer = null, CancellationToken cancellation = default, bool resume = false)
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Classifier(device);
        using var step = new Collapse(model);
        using var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Pretraining(model.Parameters, 0), 0.9f, 0.999f);
        var images = ImageSet.FromBytes("test", "test", s_shape, new byte[Batch * BatchesPerEpoch * s_shape.Values], 255, new int[Batch * BatchesPerEpoch], SmallSets.Names(TinyModels.Classes));
        using var guard = new OverfittingGuard(model, images, Batch, new AttackBudget(0.01f, 0.01f, OverfittingGuard.Steps), 1, response);
        var recipe = new OptimiserRecipe { Epochs = Epochs, WarmupEpochs = 0, BaseRate = 1e-3, Beta2 = 0.999, Batch = Batch };
        var folder = resume ? RunFolder.Open(path) : RunFolder.Create(path, recipe);
        return new TrainingRun(folder, step, optimizer, recipe, 1, observer ?? new TinyRuns.Stop()) { Guard = guard }
            .Run(images, AugmentationPlan.None, device, resume, cancellation);
    }

    /// <summary>Sets the head's bias to the number of the epoch: at class 0 before the collapse, at class 1 from then on. No gradients.</summary>
    private sealed class Collapse(VisionTransformer model) : ITrainingStep
    {
        public Model Model => model;

        public GradientShards Gradients { get; } = new(model.Parameters, 1);

        public IReadOnlyList<string> MetricNames { get; } = ["loss", FinetuneTask.AttackedAccuracy];

        public double[] State { get; set; } = [];

        public void Run(Batch batch, ulong seed, long step, Span<double> metrics)
        {
            var epoch = batch.Epoch + 1;
            var bias = model.Parameters["head.bias"].Value.AsSpan();
            bias.Clear();
            bias[epoch < CollapsesIn ? 0 : 1] = epoch;
            (metrics[0], metrics[1]) = (1, 0.1 * epoch);
        }

        public void Dispose() => Gradients.Dispose();
    }

    /// <summary>Before the epoch of the collapse, puts a folder where a file should be written.</summary>
    private sealed class Blockade(string file) : ITrainingObserver
    {
        public void OnStep(in StepProgress progress)
        {
        }

        public void OnEpoch(EpochReport report)
        {
            if (report.Epoch != CollapsesIn - 1)
                return;
            File.Move(file, file + ".aside");
            Directory.CreateDirectory(file);
        }
    }
}
