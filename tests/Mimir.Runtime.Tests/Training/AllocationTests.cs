using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Information;
using Mimir.Runtime.Tests.Data;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

/// <summary>A steady training step allocates nothing on the managed heap: on any lane, the calling thread being the first.</summary>
[TestFixture]
internal sealed class AllocationTests
{
    private const int Batch = 12;

    private static readonly AttackBudget s_budget = new(8f / 255, 4f / 255, 2);

    [TestCase(PretrainMethod.Mae, "hsic-cca", AttackMask.Shared, AttackTarget.Natural)]
    [TestCase(PretrainMethod.AdvMae, "hsic-cca", AttackMask.Fresh, AttackTarget.Perturbed)]
    [TestCase(PretrainMethod.Mimir, "hsic-cca", AttackMask.Shared, AttackTarget.Natural)]
    [TestCase(PretrainMethod.Mimir, "hsic-cca", AttackMask.Fresh, AttackTarget.Perturbed)]
    [TestCase(PretrainMethod.Mimir, "hsic", AttackMask.Shared, AttackTarget.Natural)]
    public void APretrainingStepAllocatesNothing(PretrainMethod method, string estimator, AttackMask mask, AttackTarget target)
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Autoencoder(device, TinyModels.FineEncoder);
        var objective = new PretrainObjective { Method = method, Budget = s_budget, AttackMask = mask, AttackTarget = target, MiBalance = 0.1 };
        using var step = new PretrainStep(
            model, objective, method == PretrainMethod.Mimir ? Estimators.Create(estimator, 5, RenyiBandwidth.Mean) : null, Batch);
        using var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Pretraining(model.Parameters, 0.05f), 0.9f, 0.95f);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        AssertAllocatesNothing(device, number =>
        {
            step.Run(new PretrainInputs(images, 1, number));
            Update(model, optimizer, step.Gradients);
        });
        images.Buffer.Dispose();
    }

    [Test]
    public void AClassifierStepAllocatesNothing([Values(0.0, 0.2)] double dropPath, [Values] TrainingLoss loss)
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Classifier(device, pool: dropPath > 0 ? PoolKind.Mean : PoolKind.Class);
        using var step = new ClassifierStep(model, new ClassifierObjective(s_budget, 0.1f, dropPath) { Loss = loss }, Batch);
        using var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Finetuning(model, 0.05f, 0.65), 0.9f, 0.999f);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        var labels = TinyModels.Labels(device, Batch);
        AssertAllocatesNothing(device, number =>
        {
            step.Run(new ClassifierInputs(images, labels, 1, number));
            Update(model, optimizer, step.Gradients);
        });
        images.Buffer.Dispose();
        labels.Buffer.Dispose();
    }

    [Test]
    public void TheLoopAllocatesNothingBetweenItsEpochs([Values(1, 2)] int accumulate)
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Autoencoder(device);
        var objective = new PretrainObjective { Method = PretrainMethod.Mimir, Budget = s_budget };
        using var task = new PretrainTask(model, objective, new HsicCca(), Batch);
        using var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Pretraining(model.Parameters, 0.05f), 0.9f, 0.95f);
        var images = SmallSets.Bytes(Batch * 12, new ImageShape(3, 8, 8));
        using var batches = Batcher.ForTraining(images, AugmentationPlan.CropAndFlip(1), Batch, 1, device);
        var loop = new TrainingLoop(task, optimizer, new CosineSchedule(1e-3, 0, 0, 3), new LoopSettings(3, accumulate, 0.5, 1));
        var observer = new StepMeter(device);
        loop.Run(batches, observer, CancellationToken.None);
        Assert.That(observer.Measured, Is.GreaterThan(20));
        Assert.That(observer.Bytes, Is.All.Zero, "bytes of each lane");
    }

    /// <summary>Measures from one batch's end to the next one's, within an epoch.</summary>
    private sealed class StepMeter(HostDevice device) : ITrainingObserver
    {
        private readonly AllocationMeter _meter = new(device);
        private bool _running;

        public int Measured { get; private set; }

        public IEnumerable<long> Bytes => _meter.Bytes;

        public void OnStep(in StepProgress progress)
        {
            if (_running)
            {
                _meter.Stop();
                Measured++;
            }

            _running = progress.Epoch > 0.3;
            if (_running)
                _meter.Start();
        }

        public void OnEpoch(EpochReport report) => _running = false;
    }

    private static void Update(Model model, AdamWOptimizer optimizer, GradientShards gradients)
    {
        optimizer.Step(gradients, 1e-3, 1);
        model.Refresh();
    }

    private static void AssertAllocatesNothing(HostDevice device, Action<long> step)
    {
        step(0);
        step(1);
        var meter = new AllocationMeter(device);
        for (var number = 2; number < 8; number++)
        {
            meter.Start();
            step(number);
            meter.Stop();
        }

        Assert.That(meter.Bytes, Is.All.Zero, "bytes of each lane in six steps");
    }
}
