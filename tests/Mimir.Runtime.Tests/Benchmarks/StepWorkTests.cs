using Mimir.Kernels.Devices;
using Mimir.Runtime.Benchmarks;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;

namespace Mimir.Runtime.Tests.Benchmarks;

internal sealed class StepWorkTests
{
    [TestCase(StepTask.Pretrain, "vit_ti", 4, 1.207)]
    [TestCase(StepTask.Pretrain, "vit_ti", 2, 5.020)]
    [TestCase(StepTask.Pretrain, "vit_small", 4, 3.938)]
    [TestCase(StepTask.Finetune, "vit_ti", 4, 16.79)]
    [TestCase(StepTask.Finetune, "vit_ti", 2, 76.78)]
    [TestCase(StepTask.Finetune, "vit_small", 4, 65.33)]
    [TestCase(StepTask.Trades, "vit_ti", 4, 19.71)]
    [TestCase(StepTask.Eval, "vit_ti", 4, 29.94)]
    [TestCase(StepTask.Eval, "vit_ti", 2, 136.9)]
    [TestCase(StepTask.Eval, "vit_small", 4, 116.5)]
    public void AnImageOfAStandardCaseCosts(StepTask task, string model, int patch, double gigaflops)
    {
        var (recipe, batch) = StepCase.Standard.Single(one => one.Model.Name == model && one.Model.Patch == patch);
        Assert.That(StepCase.Of(task, recipe, batch).FlopsOfImage / 1e9, Is.EqualTo(gigaflops).Within(0.05).Percent);
    }

    [Test]
    public void AnEvaluationsProductsAreThoseOfTheUsualCount()
    {
        var what = Tiny(StepTask.Eval, batch: 9);
        var counter = Count(what);
        var scores = ScoresOfForward(what.Encoder);
        const int forwards = StepCase.EvaluationAttackSteps + 1;
        var linear = StepWork.Evaluation(what.Encoder, StepCase.Classes, StepCase.EvaluationAttackSteps) / (2 * StepCase.EvaluationAttackSteps + 1) - scores;
        Assert.Multiple(() =>
        {
            Assert.That(counter.Flops("MatMul.Forward"), Is.EqualTo(what.Batch * forwards * linear));
            Assert.That(counter.Flops("MatMul.BackwardInput"), Is.EqualTo(what.Batch * StepCase.EvaluationAttackSteps * linear));
            Assert.That(counter.Calls("MatMul.BackwardWeight"), Is.Zero);
            Assert.That(counter.Flops("Attention.Forward"), Is.EqualTo(what.Batch * forwards * scores));
        });
    }

    [TestCase(StepTask.Finetune, 1, 1)]
    [TestCase(StepTask.Trades, 3, 2)] // the natural images: once for the attack, once to learn from
    public void ATrainingStepsForwardProductsAreThoseOfTheUsualCount(StepTask task, int forwardsBesideTheAttacks, int backwards)
    {
        var what = Tiny(task, batch: 9);
        var counter = Count(what);
        var forwards = StepCase.TrainingAttackSteps + forwardsBesideTheAttacks;
        var forward = what.FlopsOfImage / (forwards + StepCase.TrainingAttackSteps + 2 * backwards);
        Assert.That(counter.Flops("MatMul.Forward") + counter.Flops("Attention.Forward"), Is.EqualTo(what.Batch * forwards * forward));
        Assert.That(counter.Flops("MatMul.BackwardWeight"), Is.EqualTo(backwards * what.Batch * (forward - ScoresOfForward(what.Encoder))));
    }

    [Test]
    public void APretrainingStepRunsPenaltyAndOptimiserOnce()
    {
        var counter = Count(Tiny(StepTask.Pretrain, batch: 4));
        Assert.That(counter.Calls("RbfGram.SquaredDistances"), Is.EqualTo(2));
        Assert.That(counter.Calls("AdamW.Step"), Is.EqualTo(1));
    }

    [Test]
    public void CasesThatCannotRunAreToldBefore()
    {
        Assert.That(() => Tiny(StepTask.Pretrain, batch: 1), Throws.InstanceOf<ModelConfigException>().With.Message.StartsWith("--batch 1 must be at least 2"));
        Assert.That(
            () => StepCase.Of(StepTask.Pretrain, new ModelRecipe { Patch = 32 }, 8), Throws.InstanceOf<ModelConfigException>().With.Message.StartsWith("--patch 32 makes 1 patches"));
    }

    private static StepCase Tiny(StepTask task, int batch) =>
        StepCase.Of(task, new ModelRecipe { Name = "vit_micro", Patch = 8, Embed = 16, Depth = 2, Heads = 2 }, batch);

    private static double ScoresOfForward(EncoderConfig encoder) => 4.0 * encoder.Depth * (encoder.Patches + 1) * (encoder.Patches + 1) * encoder.Embed;

    private static KernelCounter Count(StepCase what)
    {
        using var device = new HostDevice(2);
        using var step = StepUnderTest.Of(device, what);
        using var counter = new KernelCounter(device);
        step.Run();
        return counter;
    }
}
