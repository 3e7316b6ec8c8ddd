using Mimir.Kernels.Devices;
using Mimir.Runtime.Ablation;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Tests.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Ablation;

/// <summary>Whole ablations on a handful of digits.</summary>
[TestFixture]
internal sealed class AblationRunTests
{
    private static readonly AblationRecipe s_recipe = new()
    {
        Arms = ["scratch", "adv-mae", "mimir-hsic-cca-balance-0.1"],
        Pretrain = TinyRuns.Pretrain with { MiBalance = 0 },
        Finetune = TinyRuns.Finetune,
        Scratch = new ScratchRecipe { BaseRate = 0.03, Epochs = 2 },
        Evaluation = new EvaluateRecipe { Checkpoint = "", Data = new DataRecipe { Path = "digits", Limit = 40 }, Attacks = "pgd-20" },
    };

    [Test]
    public void AnInterruptedAblationEndsAsOneThatWasNot()
    {
        using var folder = new TemporaryFolder();
        var expected = Run(s_recipe, folder.File("whole"), new Watch());
        var stops = 0;
        var cut = new HashSet<string>();
        while (true)
        {
            using var stop = new Watch(stopAfter: 7, cut); // batches; stages have six or nine, so both ends and middles are met
            try
            {
                var results = Run(s_recipe, folder.File("stopped"), stop);
                Assert.That(stops, Is.GreaterThanOrEqualTo(5));
                Assert.That(cut, Has.Count.EqualTo(3), "every evaluation was stopped once");
                Assert.That(results.Select(result => result.Arm.Name), Is.EqualTo(s_recipe.Arms).AsCollection);
                Assert.That(
                    results.Select(result => result.Evaluation with { Seconds = 0, Recipe = s_recipe.Evaluation, Columns = [] }),
                    Is.EqualTo(expected.Select(result => result.Evaluation with { Seconds = 0, Recipe = s_recipe.Evaluation, Columns = [] })).AsCollection);
                Assert.That(
                    results.SelectMany(result => result.Evaluation.Columns), Is.EqualTo(expected.SelectMany(result => result.Evaluation.Columns)).AsCollection);
                break;
            }
            catch (OperationCanceledException)
            {
                stops++;
            }
        }

        foreach (var stage in new[] { "adv-mae/pretrain", "adv-mae/finetune", "mimir-hsic-cca-balance-0.1/pretrain", "mimir-hsic-cca-balance-0.1/finetune" })
            TinyRuns.AssertSame(Path.Combine(folder.File("stopped"), stage), Path.Combine(folder.File("whole"), stage));
    }

    [Test]
    public void AFinishedAblationIsReadAgain()
    {
        using var folder = new TemporaryFolder();
        var first = Run(s_recipe, folder.Path, new Watch());
        var watch = new Watch();
        var second = Run(s_recipe, folder.Path, watch);
        Assert.That(watch.Stages, Is.Empty);
        Assert.That(second.Select(result => result.Finetuning), Is.EqualTo(first.Select(result => result.Finetuning)).AsCollection);
        Assert.That(second.Select(result => result.Pretraining), Is.EqualTo(first.Select(result => result.Pretraining)).AsCollection);
        Assert.Multiple(() =>
        {
            Assert.That(first[0].Pretraining, Is.Null);
            Assert.That(first[0].Evaluation.Hsic, Is.Null);
            Assert.That(first[1].Pretraining!.PenaltyShare, Is.Null);
            Assert.That(first[2].Pretraining!.PenaltyShare, Is.Positive);
            Assert.That(first[2].Evaluation.Hsic, Is.Positive.And.Not.EqualTo(first[1].Evaluation.Hsic));
        });
    }

    [Test]
    public void WhatWasJudgedNeedsItsMetricsAlone()
    {
        using var folder = new TemporaryFolder();
        var recipe = s_recipe with { Arms = ["scratch"] };
        Run(recipe, folder.Path, new Watch());
        File.Delete(RunFolder.CheckpointIn(folder.File("scratch/finetune")));
        var watch = new Watch();
        Assert.That(Run(recipe, folder.Path, watch), Has.Count.EqualTo(1));
        Assert.That(watch.Stages, Is.Empty);
        File.Delete(folder.File("scratch/finetune/metrics.jsonl"));
        Assert.That(() => Run(recipe, folder.Path, new Watch()), Throws.TypeOf<FileFormatException>().With.Message.Contains("metrics.jsonl"));
    }

    [Test]
    public void RunsOfTheStagesThemselvesAreTakenOver()
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(2);
        var pretraining = AblationArm.AdvMae.Pretraining(s_recipe.Pretrain) with { Seed = 0 };
        var run = RunFolder.Create(folder.File("adv-mae/pretrain"), RunConfig.Of("pretrain", pretraining, device));
        Pretraining.Run(pretraining, device, run, resume: false, new TinyRuns.Stop(), CancellationToken.None);
        var watch = new Watch();
        Run(s_recipe with { Arms = ["adv-mae"] }, folder.Path, watch);
        Assert.That(watch.Stages, Is.EqualTo(new[] { "adv-mae 0 fine-tuning", "adv-mae 0 evaluation" }).AsCollection);
        Assert.That(watch.Shares[0], Is.Positive, "what was taken over is done");
    }

    [Test]
    public void SeedsHaveFoldersOfTheirOwnAndShareNothing()
    {
        using var folder = new TemporaryFolder();
        var recipe = s_recipe with { Arms = ["scratch", "adv-mae"], Seeds = [3, 4], Evaluation = s_recipe.Evaluation with { Attacks = "natural,pgd-1,pgd-20" } };
        var watch = new Watch();
        var results = Run(recipe, folder.Path, watch);
        Assert.That(results.Select(result => (result.Arm.Name, result.Seed)), Is.EqualTo(new (string, ulong)[] { ("scratch", 3), ("adv-mae", 3), ("scratch", 4), ("adv-mae", 4) }).AsCollection);
        Assert.That(() => TinyRuns.AssertSame(folder.File("seed-3/adv-mae/pretrain"), folder.File("seed-4/adv-mae/pretrain")), Throws.TypeOf<AssertionException>());
        Assert.That(watch.Shares.Select(share => Math.Round(share, 9)), Is.Ordered.And.All.InRange(0, 1), "the stages' shares of the whole add up in order");
        Assert.That(watch.Shares[^1], Is.EqualTo(1).Within(1e-9));

        var table = AblationTable.Of(recipe, results);
        Assert.That((table.Seeds, table.Images, table.Rows.Count), Is.EqualTo((2, 40, 2)));
        Assert.That(table.Columns, Is.EqualTo(new[] { "natural", "pgd-1", "pgd-20" }).AsCollection);
        foreach (var result in results)
        {
            var right = result.Evaluation.Columns;
            Assert.That(Enumerable.Range(0, 40).All(i => right[0].IsRight(i) || !right[1].IsRight(i)), "what an attack leaves standing was right before");
            Assert.That(Enumerable.Range(0, 40).All(i => right[1].IsRight(i) || !right[2].IsRight(i)), "a column counts the attacks before it too");
        }

        var comparison = table.Rows[1].Comparisons.Single(one => one.Column == "natural");
        Assert.That(table.Rows[0].Comparisons, Is.Empty, "scratch against adv-mae is adv-mae against scratch");
        var counts = results.Select(result => result.Evaluation.Columns[0].Accuracy.Correct).ToArray();
        Assert.That(comparison.Difference.Value, Is.EqualTo((counts[1] - counts[0] + counts[3] - counts[2]) / 80.0).Within(1e-12));
        Assert.That(table.Rows[1].Accuracies[0].Value, Is.EqualTo((counts[1] + counts[3]) / 80.0).Within(1e-12));
    }

    [Test]
    public void AnotherRecipeIsRefusedByTheNameOfItsField()
    {
        using var folder = new TemporaryFolder();
        var recipe = s_recipe with { Arms = ["adv-mae"] };
        Run(recipe, folder.Path, new Watch());
        Assert.Multiple(() =>
        {
            Refused(recipe with { Pretrain = recipe.Pretrain with { Optimiser = recipe.Pretrain.Optimiser with { Epochs = 4 } } }, "pretrain was made with optimiser.epochs 3, and this ablation asks for 4");
            Refused(recipe with { Finetune = recipe.Finetune with { Steps = 3 } }, "finetune was made with steps 2, and this ablation asks for 3");
            Refused(recipe with { Evaluation = recipe.Evaluation with { Data = recipe.Evaluation.Data with { Limit = 41 } } }, "data.limit 40, and this ablation asks for 41");
            Refused(recipe with { Seeds = [1] }, "seed 0, and this ablation asks for 1");
        });
        Directory.Move(folder.File("adv-mae"), folder.File("aside"));
        Assert.That(Directory.Exists(folder.File("adv-mae")), Is.False);
        Directory.CreateDirectory(folder.File("elsewhere"));
        Directory.Move(folder.File("aside"), folder.File("elsewhere/adv-mae"));
        var moved = new Watch();
        Run(recipe, folder.File("elsewhere"), moved);
        Assert.That(moved.Stages, Is.Empty, "an ablation that moved is still the same");

        void Refused(AblationRecipe other, string message) =>
            Assert.That(() => Run(other, folder.Path, new Watch()), Throws.TypeOf<RunFolderException>().With.Message.Contains(message));
    }

    [Test]
    public void ADamagedEvaluationIsNamed()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("scratch"));
        File.WriteAllText(folder.File("scratch/evaluation.json"), "{\"recipe\":");
        Assert.That(() => Run(s_recipe, folder.Path, new Watch()), Throws.TypeOf<FileFormatException>().With.Message.Contains("evaluation.json"));
    }

    [Test]
    public void ArmsAndSeedsAreNamedOnce()
    {
        Assert.That(() => (s_recipe with { Arms = ["mae", "mae"] }).Validate(), Throws.TypeOf<RecipeException>().With.Message.EqualTo("--arms names mae twice"));
        Assert.That(() => (s_recipe with { Arms = [] }).Validate(), Throws.TypeOf<RecipeException>().With.Message.Contains("--arms is empty"));
        Assert.That(() => (s_recipe with { Seeds = [1, 1] }).Validate(), Throws.TypeOf<RecipeException>().With.Message.EqualTo("--seeds names 1 twice"));
        Assert.That(
            () => (s_recipe with { Finetune = s_recipe.Finetune with { DropPath = 2 } }).Validate(), Throws.TypeOf<RecipeException>().With.Message.StartsWith("fine-tuning: --drop-path 2"));
    }

    private static IReadOnlyList<ArmResult> Run(AblationRecipe recipe, string folder, Watch watch)
    {
        using var device = new HostDevice(2);
        return new AblationRun(recipe, device, folder, watch, watch.Token).Run();
    }

    /// <summary>Notes the stages, and stops after so many batches and within every evaluation that is not in <paramref name="cut"/> yet.</summary>
    private sealed class Watch(int stopAfter = -1, HashSet<string>? cut = null) : IAblationObserver, IDisposable
    {
        private readonly CancellationTokenSource _source = new();
        private int _batches;

        public CancellationToken Token => _source.Token;

        public List<string> Stages { get; } = [];

        public List<double> Shares { get; } = [];

        public void OnStage(AblationStage stage)
        {
            Stages.Add($"{stage.Arm} {stage.Seed} {stage.Name}");
            Shares.AddRange([stage.Start, stage.Start + stage.Share]);
        }

        public void OnNatural(Accuracy natural)
        {
            if (cut?.Add(Stages[^1]) == true)
                _source.Cancel();
        }

        public void OnEvaluated(EvaluationResults results)
        {
        }

        public void OnStep(in StepProgress progress)
        {
            if (++_batches == stopAfter)
                _source.Cancel();
        }

        public void OnEpoch(EpochReport report)
        {
        }

        public void Dispose() => _source.Dispose();
    }
}
