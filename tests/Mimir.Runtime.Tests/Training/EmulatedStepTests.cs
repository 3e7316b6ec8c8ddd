using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Ablation;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

/// <summary>Whole training steps on the emulator, where every access, race, barrier and result is checked, beside the same steps on the host.</summary>
[TestFixture]
internal sealed class EmulatedStepTests
{
    private const int Batch = 6;

    private static readonly AttackBudget s_budget = new(8f / 255, 4f / 255, 4); // four steps: the last two are replayed

    [TestCase(PretrainMethod.Mimir, AttackMask.Shared, AttackTarget.Natural)]
    [TestCase(PretrainMethod.Mimir, AttackMask.Fresh, AttackTarget.Perturbed)]
    [TestCase(PretrainMethod.Mae, AttackMask.Shared, AttackTarget.Natural)]
    public void PretrainingSteps(PretrainMethod method, AttackMask mask, AttackTarget target)
    {
        var objective = new PretrainObjective { Method = method, Budget = s_budget, AttackMask = mask, AttackTarget = target, MiBalance = 0.1 };
        double[] Losses(Device device)
        {
            using var model = TinyModels.Autoencoder(device);
            using var step = new PretrainStep(model, objective, method == PretrainMethod.Mimir ? new HsicCca() : null, Batch);
            using var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Pretraining(model.Parameters, 0.05f), 0.9f, 0.95f);
            var images = TinyModels.Images(device, model.Encoder, Batch);
            return Run(images, 3, number =>
            {
                var loss = step.Run(new PretrainInputs(images, 1, number)).Loss;
                Assert.That(optimizer.Step(step.Gradients, 1e-3, 1));
                model.Refresh();
                return loss;
            });
        }

        AssertSame(Losses);
    }

    [TestCase(TrainingLoss.Pgd, PoolKind.Mean)]
    [TestCase(TrainingLoss.Pgd, PoolKind.Class)]
    [TestCase(TrainingLoss.Trades, PoolKind.Mean)]
    [TestCase(TrainingLoss.Mart, PoolKind.Mean)]
    [TestCase(TrainingLoss.Free, PoolKind.Mean)]
    [TestCase(TrainingLoss.Apgd, PoolKind.Mean)]
    public void ClassifierSteps(TrainingLoss loss, PoolKind pool)
    {
        double[] Losses(Device device)
        {
            using var model = TinyModels.Classifier(device, pool: pool);
            using var step = new ClassifierStep(model, new ClassifierObjective(s_budget, 0.1f, DropPath: 0.2) { Loss = loss }, Batch);
            using var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Finetuning(model, 0.05f, 0.65), 0.9f, 0.999f);
            var images = TinyModels.Images(device, model.Encoder, Batch);
            var labels = TinyModels.Labels(device, Batch);
            return Run(images, 3, number =>
            {
                var loss = step.Run(new ClassifierInputs(images, labels, 1, number)).Loss;
                Assert.That(optimizer.Step(step.Gradients, 1e-3, 1));
                model.Refresh();
                return loss;
            });
        }

        AssertSame(Losses);
    }

    /// <summary>The demonstration's auto-encoder over ten steps of its recipe, on a small batch: rounding may not drift.</summary>
    [Test]
    public void TenStepsOfTheDemonstrationHaveTheSameLosses()
    {
        const int Images = 16;
        const int Steps = 10;
        var recipe = AblationRecipe.Digits(quick: true).Pretraining(AblationArm.Mimir("hsic-cca", 0.01, balanced: true), 0);
        double[] Losses(Device device)
        {
            var images = recipe.Data.Load(DataSplit.Train);
            using var model = new MaskedAutoencoder(device, recipe.Model.For(images.Shape), recipe.Decoder, recipe.NormPixLoss);
            model.Initialise(recipe.Seed);
            using var task = new PretrainTask(model, recipe.Objective, Estimators.Create(recipe), Images);
            using var optimizer = new AdamWOptimizer(
                model.Parameters, ParameterGroups.Pretraining(model.Parameters, (float)recipe.Optimiser.WeightDecay), (float)recipe.Optimiser.Beta1, (float)recipe.Optimiser.Beta2);
            using var batches = Batcher.ForTraining(images, recipe.Augment.For(images), Images, recipe.Seed, device);
            var losses = new double[Steps];
            var metrics = new double[task.MetricNames.Count];
            for (var number = 0; number < Steps; number++)
            {
                task.Run(batches.Next(), recipe.Seed, number, metrics);
                losses[number] = metrics[0];
                Assert.That(optimizer.Step(task.Gradients, recipe.Optimiser.Schedule.At(1), 1));
                model.Refresh();
            }

            return losses;
        }

        AssertSame(Losses, EmulatorChecks.None, 1e-4);
    }

    [Test]
    public void StartingValuesAreTheSameBits()
    {
        using var host = new HostDevice(1);
        using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        using var here = TinyModels.Autoencoder(host);
        using var there = TinyModels.Autoencoder(emulator);
        Assert.That(there.Parameters.Values.ToArray().Bits(), Is.EqualTo(here.Parameters.Values.ToArray().Bits()).AsCollection);
    }

    private static double[] Run(DeviceSpan<float> images, int steps, Func<long, double> step)
    {
        var losses = Enumerable.Range(0, steps).Select(number => step(number)).ToArray();
        images.Buffer.Dispose();
        return losses;
    }

    private static void AssertSame(Func<Device, double[]> losses, EmulatorChecks checks = EmulatorChecks.All, double bound = 2e-5)
    {
        using var host = new HostDevice(2);
        var expected = losses(host);
        using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = checks });
        var actual = losses(emulator);
        TestContext.Out.WriteLine(string.Join(", ", actual.Zip(expected, (a, b) => $"{a:0.000000} ({Math.Abs(a / b - 1):0.0e+0})")));
        Assert.That(actual.Zip(expected, (a, b) => Math.Abs(a / b - 1)), Is.All.LessThan(bound));
        Assert.That(losses(emulator), Is.EqualTo(actual).AsCollection, "the same bits again");
    }
}
