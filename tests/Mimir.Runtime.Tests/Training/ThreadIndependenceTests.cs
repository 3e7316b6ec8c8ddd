using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

/// <summary>Several steps with the optimiser end in the same bits whatever the number of threads, and in other bits under another seed.</summary>
[TestFixture]
internal sealed class ThreadIndependenceTests
{
    private const int Batch = 19; // pre-training: micro-batches of 8, 8 and 3; fine-tuning: nine of 2 and one of 1, in 8 shards
    private const int Steps = 3;

    private static readonly AttackBudget s_budget = new(8f / 255, 4f / 255, 2);

    [TestCase(PretrainMethod.Mae, "hsic-cca", AttackMask.Shared, AttackTarget.Natural)]
    [TestCase(PretrainMethod.AdvMae, "hsic-cca", AttackMask.Shared, AttackTarget.Natural)]
    [TestCase(PretrainMethod.AdvMae, "hsic-cca", AttackMask.Fresh, AttackTarget.Perturbed)]
    [TestCase(PretrainMethod.Mimir, "hsic-cca", AttackMask.Shared, AttackTarget.Natural)]
    [TestCase(PretrainMethod.Mimir, "hsic-cca", AttackMask.Fresh, AttackTarget.Perturbed)]
    [TestCase(PretrainMethod.Mimir, "hsic", AttackMask.Shared, AttackTarget.Perturbed)]
    [TestCase(PretrainMethod.Mimir, "renyi", AttackMask.Fresh, AttackTarget.Natural)]
    public void PretrainingHasTheSameBits(PretrainMethod method, string estimator, AttackMask mask, AttackTarget target)
    {
        var objective = new PretrainObjective { Method = method, Budget = s_budget, AttackMask = mask, AttackTarget = target, MiBalance = 0.1 };
        var one = Pretrain(1, objective, estimator, seed: 7);
        Assert.That(one.Parameters, Has.None.EqualTo(BitConverter.SingleToInt32Bits(float.NaN)));
        Assert.That(one.Report.InformationSkipped, Is.False);
        foreach (var threads in new[] { 1, 2, 3 })
        {
            var other = Pretrain(threads, objective, estimator, seed: 7);
            Assert.That(other.Report, Is.EqualTo(one.Report), $"{threads} threads");
            Assert.That(other.Parameters, Is.EqualTo(one.Parameters).AsCollection, $"{threads} threads");
        }

        Assert.That(Pretrain(2, objective, estimator, seed: 8).Parameters, Is.Not.EqualTo(one.Parameters).AsCollection);
    }

    [TestCase(TrainingLoss.Pgd, PoolKind.Mean)]
    [TestCase(TrainingLoss.Pgd, PoolKind.Class)]
    [TestCase(TrainingLoss.Trades, PoolKind.Mean)]
    [TestCase(TrainingLoss.Mart, PoolKind.Mean)]
    [TestCase(TrainingLoss.Free, PoolKind.Mean)]
    [TestCase(TrainingLoss.Apgd, PoolKind.Mean)]
    public void FineTuningHasTheSameBits(TrainingLoss loss, PoolKind pool)
    {
        var one = Finetune(1, loss, pool, seed: 7);
        foreach (var threads in new[] { 1, 2, 3 })
        {
            var other = Finetune(threads, loss, pool, seed: 7);
            Assert.That(other.Report, Is.EqualTo(one.Report), $"{threads} threads");
            Assert.That(other.Parameters, Is.EqualTo(one.Parameters).AsCollection, $"{threads} threads");
        }

        Assert.That(Finetune(2, loss, pool, seed: 8).Parameters, Is.Not.EqualTo(one.Parameters).AsCollection);
    }

    private static (int[] Parameters, PretrainReport Report) Pretrain(int threads, PretrainObjective objective, string estimator, ulong seed)
    {
        using var device = new HostDevice(threads);
        using var model = TinyModels.Autoencoder(device, TinyModels.FineEncoder);
        var information = objective.Method == PretrainMethod.Mimir ? Estimators.Create(estimator, 5, RenyiBandwidth.Mean) : null;
        using var step = new PretrainStep(model, objective, information, Batch);
        using var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Pretraining(model.Parameters, 0.05f), 0.9f, 0.95f);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        var report = default(PretrainReport);
        for (var number = 0; number < Steps; number++)
        {
            report = step.Run(new PretrainInputs(images, seed, number));
            Update(model, optimizer, step.Gradients);
        }

        images.Buffer.Dispose();
        return (model.Parameters.Values.ToArray().Bits(), report);
    }

    private static (int[] Parameters, ClassifierReport Report) Finetune(int threads, TrainingLoss loss, PoolKind pool, ulong seed)
    {
        using var device = new HostDevice(threads);
        using var model = TinyModels.Classifier(device, TinyModels.FineEncoder, pool);
        using var step = new ClassifierStep(model, new ClassifierObjective(s_budget, 0.1f, DropPath: 0.3) { Loss = loss }, Batch);
        using var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Finetuning(model, 0.05f, 0.65), 0.9f, 0.999f);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        var labels = TinyModels.Labels(device, Batch);
        var report = default(ClassifierReport);
        for (var number = 0; number < Steps; number++)
        {
            report = step.Run(new ClassifierInputs(images, labels, seed, number));
            Update(model, optimizer, step.Gradients);
        }

        images.Buffer.Dispose();
        labels.Buffer.Dispose();
        return (model.Parameters.Values.ToArray().Bits(), report);
    }

    private static void Update(Model model, AdamWOptimizer optimizer, GradientShards gradients)
    {
        optimizer.Step(gradients, 1e-3, 1);
        model.Refresh();
    }
}
