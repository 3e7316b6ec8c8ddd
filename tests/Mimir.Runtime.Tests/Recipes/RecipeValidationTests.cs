using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Recipes;

/// <summary>A number out of range is refused with a line that names its option.</summary>
[TestFixture]
internal sealed class RecipeValidationTests
{
    private static readonly DataRecipe s_data = new() { Path = "digits" };

    [Test]
    public void TheDefaultsAreValid()
    {
        Assert.That(() => new PretrainRecipe { Data = s_data }.Validate(), Throws.Nothing);
        Assert.That(() => new FinetuneRecipe { Data = s_data }.Validate(), Throws.Nothing);
        Assert.That(() => new EvaluateRecipe { Checkpoint = "a", Data = s_data }.Validate(), Throws.Nothing);
        Assert.That(() => TinyRuns.Pretrain.Validate(), Throws.Nothing);
        Assert.That(() => TinyRuns.Finetune.Validate(), Throws.Nothing);
    }

    [Test]
    public void TheDefaultsArePublishedOnes()
    {
        var pretrain = new PretrainRecipe { Data = s_data };
        Assert.That(pretrain.Objective.Budget, Is.EqualTo(new AttackBudget(8f / 255, 10f / 255, 1)));
        Assert.That((pretrain.MiWeight, pretrain.MaskRatio, pretrain.NormPixLoss), Is.EqualTo((1e-5, 0.75, true)));
        Assert.That((pretrain.AttackMask, pretrain.AttackTarget), Is.EqualTo((AttackMask.Shared, AttackTarget.Natural)));
        Assert.That(pretrain.Decoder, Is.EqualTo(new DecoderConfig(128, 2, 16)));
        var finetune = new FinetuneRecipe { Data = s_data };
        Assert.That(finetune.Objective.Budget, Is.EqualTo(new AttackBudget(8f / 255, 2f / 255, 10)));
        Assert.That((finetune.LabelSmoothing, finetune.DropPath, finetune.LayerDecay, finetune.HeadDeviation), Is.EqualTo((0.1, 0.1, 0.65, 0.02)));
    }

    private static IEnumerable<TestCaseData> BadPretraining()
    {
        var good = TinyRuns.Pretrain;
        yield return Case(good with { MaskRatio = 0 }, "--mask-ratio 0");
        yield return Case(good with { MaskRatio = 1 }, "--mask-ratio 1");
        yield return Case(good with { MaskRatio = double.NaN }, "--mask-ratio NaN");
        yield return Case(good with { Steps = 0 }, "--steps 0");
        yield return Case(good with { MiWeight = -1 }, "--mi-weight -1");
        yield return Case(good with { MiWeight = double.NaN }, "--mi-weight NaN");
        yield return Case(good with { MiBalance = -0.5 }, "--mi-balance -0.5");
        yield return Case(good with { MiSigma = 0 }, "--mi-sigma 0");
        yield return Case(good with { Mi = "mine" }, "--mi 'mine' is unknown; use one of hsic-cca, hsic, renyi");
        yield return Case(good with { Optimiser = good.Optimiser with { Batch = 1 } }, "--method mimir needs at least 2");
        yield return Case(good with { Optimiser = good.Optimiser with { Batch = 0 } }, "--batch 0");
        yield return Case(good with { Optimiser = good.Optimiser with { Epochs = 0 } }, "--epochs 0");
        yield return Case(good with { Optimiser = good.Optimiser with { Accumulate = 0 } }, "--accumulate 0");
        yield return Case(good with { Optimiser = good.Optimiser with { WarmupEpochs = -1 } }, "--warmup-epochs -1");
        yield return Case(good with { Optimiser = good.Optimiser with { WarmupEpochs = 4 } }, "--warmup-epochs 4 must lie in 0..3");
        yield return Case(good with { Optimiser = good.Optimiser with { BaseRate = 0 } }, "--base-rate 0");
        yield return Case(good with { Optimiser = good.Optimiser with { BaseRate = double.NaN } }, "--base-rate NaN");
        yield return Case(good with { Optimiser = good.Optimiser with { MinRate = -1 } }, "--min-rate -1");
        yield return Case(good with { Optimiser = good.Optimiser with { MinRate = 1 } }, "--min-rate 1");
        yield return Case(good with { Optimiser = good.Optimiser with { WeightDecay = -1 } }, "--weight-decay -1");
        yield return Case(good with { Optimiser = good.Optimiser with { ClipNorm = -1 } }, "--clip-norm -1");

        static TestCaseData Case(PretrainRecipe recipe, string message) => new TestCaseData(recipe, message).SetArgDisplayNames(message);
    }

    [TestCaseSource(nameof(BadPretraining))]
    public void PretrainingNamesTheOption(PretrainRecipe recipe, string message) =>
        Assert.That(recipe.Validate, Throws.TypeOf<RecipeException>().With.Message.Contains(message));

    private static IEnumerable<TestCaseData> BadFineTuning()
    {
        var good = TinyRuns.Finetune;
        yield return Case(good with { Beta = -1 }, "--beta -1");
        yield return Case(good with { Beta = double.NaN }, "--beta NaN");
        yield return Case(good with { Replays = 0 }, "--replays 0");
        yield return Case(
            good with { Loss = TrainingLoss.Free, Optimiser = good.Optimiser with { Accumulate = 2 } }, "--accumulate 2 does not go with --loss free");
        yield return Case(good with { EpsWarmupEpochs = 4 }, "--eps-warmup-epochs 4 must lie in 0..3, the epochs of the run");
        yield return Case(good with { AlphaWarmupEpochs = -1 }, "--alpha-warmup-epochs -1");
        yield return Case(
            good with { Loss = TrainingLoss.Free, Replays = 2, AlphaWarmupEpochs = 3 }, "--alpha-warmup-epochs 3 must lie in 0..2, the run's passes over the images");
        yield return Case(good with { Steps = -1 }, "--steps -1");
        yield return Case(good with { LabelSmoothing = 1 }, "--label-smoothing 1");
        yield return Case(good with { DropPath = 1 }, "--drop-path 1");
        yield return Case(good with { DropPath = -0.1 }, "--drop-path -0.1");
        yield return Case(good with { LayerDecay = 0 }, "--layer-decay 0");
        yield return Case(good with { LayerDecay = 1.1 }, "--layer-decay 1.1");

        static TestCaseData Case(FinetuneRecipe recipe, string message) => new TestCaseData(recipe, message).SetArgDisplayNames(message);
    }

    [TestCaseSource(nameof(BadFineTuning))]
    public void FineTuningNamesTheOption(FinetuneRecipe recipe, string message) =>
        Assert.That(recipe.Validate, Throws.TypeOf<RecipeException>().With.Message.Contains(message));

    [TestCase(80, 8, 10)]
    [TestCase(50, 8, 7)]
    [TestCase(3, 8, 1)]
    public void FreeTrainingMakesFewerPasses(int epochs, int replays, int passes)
    {
        var recipe = new FinetuneRecipe { Data = s_data, Loss = TrainingLoss.Free, Replays = replays, Optimiser = TinyRuns.Finetune.Optimiser with { Epochs = epochs, WarmupEpochs = 2 } };
        Assert.That((recipe.Passes.Epochs, recipe.Passes.WarmupEpochs), Is.EqualTo((passes, 2.0 / replays)));
        Assert.That((recipe with { Loss = TrainingLoss.Fast }).Passes, Is.EqualTo(recipe.Optimiser));
    }

    [Test]
    public void TheGuardsStepIsAQuarterOfEpsilon()
    {
        Assert.That(new FinetuneRecipe { Data = s_data }.GuardBudget, Is.EqualTo(new AttackBudget(8f / 255, 2f / 255, 5)));
        Assert.That(new FinetuneRecipe { Data = s_data, GuardAlpha = 0.01f }.GuardBudget.Alpha, Is.EqualTo(0.01f));
    }

    [Test]
    public void EvaluationNamesTheOption()
    {
        var good = new EvaluateRecipe { Checkpoint = "a", Data = s_data };
        Assert.That((good with { Attack = new AttackSettings { Steps = 0 } }).Validate, Throws.TypeOf<RecipeException>().With.Message.Contains("--steps 0"));
        Assert.That((good with { Attack = new AttackSettings { Restarts = 0 } }).Validate, Throws.TypeOf<RecipeException>().With.Message.Contains("--restarts 0"));
        Assert.That((good with { Attacks = "pgd,nothing" }).Validate, Throws.TypeOf<RecipeException>().With.Message.Contains("--attack 'nothing' is unknown"));
        Assert.That((good with { Batch = 0 }).Validate, Throws.TypeOf<RecipeException>().With.Message.Contains("--batch 0"));
    }

    [TestCase(200, 1, "--batch 200 is more than the 60 training images")]
    [TestCase(16, 5, "--batch 16 x --accumulate 5 is more than the 60 training images")]
    [TestCase(16, int.MaxValue, "is more than the 60 training images")]
    public void ARunNeedsImagesForAStepOfTheOptimiser(int batch, int accumulate, string message)
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRuns.Pretrain with { Optimiser = TinyRuns.Pretrain.Optimiser with { Batch = batch, Accumulate = accumulate } };
        Assert.That(
            () => TinyRuns.Whole(recipe, folder.File("run")),
            Throws.TypeOf<RecipeException>().With.Message.Contains(message));
    }

    [Test]
    public void EstimatorsHaveTheirNames()
    {
        foreach (var name in Estimators.Names)
            Assert.That(Estimators.Create(name, 5, RenyiBandwidth.Nearest).Name, Is.EqualTo(name));
        Assert.That(Estimators.Create(TinyRuns.Pretrain with { Method = PretrainMethod.AdvMae }), Is.Null);
    }

    [Test]
    public void AModelRecipeChangesItsPreset()
    {
        var encoder = new ModelRecipe { Name = "vit_ti", Patch = 4, Embed = 64, Depth = 2, Heads = 4, MlpRatio = 3 }.For(new ImageShape(1, 28, 28));
        Assert.That(encoder, Is.EqualTo(new EncoderConfig(28, 1, 4, 64, 2, 4, 3)));
        Assert.That(
            () => new ModelRecipe().For(new ImageShape(3, 32, 16)), Throws.TypeOf<ModelConfigException>().With.Message.Contains("square"));
    }
}
