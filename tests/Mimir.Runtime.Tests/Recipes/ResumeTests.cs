using Mimir.Kernels.Devices;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Recipes;

/// <summary>A run that was stopped and resumed ends in the same bits as one that was not.</summary>
[TestFixture]
internal sealed class ResumeTests
{
    [Test]
    public void APretrainingRunStoppedAnywhereEndsTheSame([Values(1, 2)] int accumulate, [Values] PretrainMethod method) =>
        AssertResumes(TinyRuns.Pretrain with { Method = method, Optimiser = TinyRuns.Pretrain.Optimiser with { Accumulate = accumulate } });

    [Test]
    public void AFineTuningRunStoppedAnywhereEndsTheSame([Values(1, 2)] int accumulate) =>
        AssertResumes(TinyRuns.Finetune with { Optimiser = TinyRuns.Finetune.Optimiser with { Accumulate = accumulate, ClipNorm = 0.5 } });

    [Test]
    public void EveryLossResumesToTheSameBits(
        [Values(TrainingLoss.Trades, TrainingLoss.Mart, TrainingLoss.Free, TrainingLoss.Apgd, TrainingLoss.Natural)] TrainingLoss loss)
    {
        var optimiser = TinyRuns.Finetune.Optimiser;
        AssertResumes(TinyRuns.Finetune with
        {
            Loss = loss,
            Replays = 2,
            EpsWarmupEpochs = 2,
            AlphaWarmupEpochs = 1,
            OnOverfitting = OverfittingResponse.Rollback,
            Optimiser = loss == TrainingLoss.Free ? optimiser with { Epochs = 2 * TinyRuns.Epochs } : optimiser,
        });
    }

    [Test]
    public void AFineTuningRunNeedsItsInitialCheckpointNoMore()
    {
        using var folder = new TemporaryFolder();
        TinyRuns.Run(TinyRuns.Pretrain, folder.File("pretrained"), resume: false, new TinyRuns.Stop(), CancellationToken.None);
        var recipe = TinyRuns.Finetune with { Init = folder.File("pretrained") };
        var expected = TinyRuns.Whole(recipe, folder.File("whole"));
        Cancel(recipe, folder.File("stopped"), new TinyRuns.Stop(afterBatch: 4));
        Directory.Delete(folder.File("pretrained"), recursive: true);
        TinyRuns.Run(recipe, folder.File("stopped"), resume: true, new TinyRuns.Stop(), CancellationToken.None);
        TinyRuns.AssertSame(folder.File("stopped"), expected);
    }

    [Test]
    public void ARunOnTheEmulatorResumesToTheSameBits()
    {
        var recipe = TinyRuns.Finetune with
        {
            Data = TinyRuns.Finetune.Data with { Limit = TinyRuns.BatchesPerEpoch * 4 },
            Model = TinyRuns.Finetune.Model with { Embed = 16, Heads = 2, Depth = 1 },
            Optimiser = TinyRuns.Finetune.Optimiser with { Batch = 4 },
        };
        using var folder = new TemporaryFolder();
        using var device = PtxDevice.OpenEmulator();
        TinyRuns.Run(recipe, device, folder.File("whole"), resume: false, new TinyRuns.Stop(), CancellationToken.None);
        var stop = new TinyRuns.Stop(afterBatch: 4);
        Assert.That(
            () => TinyRuns.Run(recipe, device, folder.File("stopped"), resume: false, stop, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        TinyRuns.Run(recipe, device, folder.File("stopped"), resume: true, new TinyRuns.Stop(), CancellationToken.None);
        TinyRuns.AssertSame(folder.File("stopped"), folder.File("whole"));
    }

    [Test]
    public void AnotherSeedEndsElsewhere()
    {
        using var folder = new TemporaryFolder();
        TinyRuns.Whole(TinyRuns.Pretrain, folder.File("a"));
        TinyRuns.Whole(TinyRuns.Pretrain with { Seed = 12 }, folder.File("b"));
        Assert.That(() => TinyRuns.AssertSame(folder.File("b"), folder.File("a")), Throws.TypeOf<AssertionException>());
    }

    [Test]
    public void TheBalanceOfThePenaltyIsPartOfTheState()
    {
        using var folder = new TemporaryFolder();
        Cancel(TinyRuns.Pretrain, folder.File("run"), new TinyRuns.Stop(afterBatch: 2));
        using var checkpoint = Checkpoint.Open(folder.File("run"));
        Assert.That(checkpoint.Info.Position!.StepState, Has.Length.EqualTo(1).And.All.Positive);
    }

    [Test]
    public void AFinishedRunSaysSo()
    {
        using var folder = new TemporaryFolder();
        TinyRuns.Whole(TinyRuns.Finetune, folder.File("run"));
        Assert.That(
            () => TinyRuns.Run(TinyRuns.Finetune, folder.File("run"), resume: true, new TinyRuns.Stop(), CancellationToken.None),
            Throws.TypeOf<RecipeException>().With.Message.Contains("already complete"));
    }

    /// <summary>A failure between an epoch's line of metrics and its checkpoint, in either order, neither loses nor doubles a line.</summary>
    [TestCase("metrics.jsonl")]
    [TestCase("checkpoint-last.safetensors")]
    public void AnEpochThatCouldNotBeWrittenIsRepeated(string blocked)
    {
        using var folder = new TemporaryFolder();
        var expected = TinyRuns.Whole(TinyRuns.Pretrain, folder.File("whole"));
        var run = folder.File("run");
        var file = Path.Combine(run, blocked);
        Assert.That(
            () => TinyRuns.Run(TinyRuns.Pretrain, run, resume: false, new Blockade(file), CancellationToken.None),
            Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        Directory.Delete(file);
        File.Move(file + ".aside", file);
        TinyRuns.Run(TinyRuns.Pretrain, run, resume: true, new TinyRuns.Stop(), CancellationToken.None);
        TinyRuns.AssertSame(run, expected);
    }

    private static void AssertResumes(object recipe)
    {
        using var folder = new TemporaryFolder();
        var expected = TinyRuns.Whole(recipe, folder.File("whole"));

        Cancel(recipe, folder.File("epoch"), new TinyRuns.Stop(afterEpoch: 1));
        using (var checkpoint = Checkpoint.Open(folder.File("epoch")))
            Assert.That((checkpoint.Info.Position!.Epoch, checkpoint.Info.Position.Batch), Is.EqualTo((1, 0)));
        TinyRuns.Run(recipe, folder.File("epoch"), resume: true, new TinyRuns.Stop(), CancellationToken.None);
        TinyRuns.AssertSame(folder.File("epoch"), expected);

        // Again and again after a single batch, which goes on to the end of its optimiser step.
        var stops = 1;
        Cancel(recipe, folder.File("often"), new TinyRuns.Stop(afterBatch: 1));
        while (true)
        {
            var stop = new TinyRuns.Stop(afterBatch: 1);
            try
            {
                TinyRuns.Run(recipe, folder.File("often"), resume: true, stop, stop.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                stops++;
            }
        }

        Assert.That(stops, Is.GreaterThanOrEqualTo(TinyRuns.Epochs - 1));
        TinyRuns.AssertSame(folder.File("often"), expected);
    }

    private static void Cancel(object recipe, string folder, TinyRuns.Stop stop) => Assert.That(
        () => TinyRuns.Run(recipe, folder, resume: false, stop, stop.Token), Throws.InstanceOf<OperationCanceledException>());

    /// <summary>After the first epoch, puts a folder where a file should be written.</summary>
    private sealed class Blockade(string file) : ITrainingObserver
    {
        public void OnStep(in StepProgress progress)
        {
        }

        public void OnEpoch(EpochReport report)
        {
            File.Move(file, file + ".aside");
            Directory.CreateDirectory(file);
        }
    }
}
