using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Benchmarks;

/// <summary>A step on random images with all that belongs to it, as training and evaluation run it.</summary>
public sealed class StepUnderTest : IDisposable
{
    private const float Rate = 1e-4f;
    private const float WeightDecay = 0.05f;
    private const float Eps = 8f / 255;
    private const float Alpha = 2f / 255;

    /// <summary>Decides the weights, the images and every draw of the steps.</summary>
    public const ulong Seed = 0;

    private readonly Action<long> _step;
    private readonly IDisposable[] _owned;
    private long _number;

    private StepUnderTest(Action<long> step, params IDisposable[] owned) => (_step, _owned) = (step, owned);

    /// <summary>The step of a case.</summary>
    public static StepUnderTest Of(Device device, StepCase what) => what.Task switch
    {
        StepTask.Pretrain => Pretraining(device, what),
        StepTask.Finetune => Finetuning(device, what, TrainingLoss.Pgd),
        StepTask.Trades => Finetuning(device, what, TrainingLoss.Trades),
        _ => Evaluation(device, what),
    };

    /// <summary>One step.</summary>
    public void Run() => _step(_number++);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in _owned)
            owned.Dispose();
    }

    private static StepUnderTest Pretraining(Device device, StepCase what)
    {
        var model = new MaskedAutoencoder(device, what.Encoder, DecoderConfig.Published);
        model.Initialise(Seed);
        var objective = new PretrainObjective { Method = PretrainMethod.Mimir, MaskRatio = StepWork.MaskRatio, Budget = new AttackBudget(Eps, 10f / 255, 1) };
        var step = new PretrainStep(model, objective, new HsicCca(), what.Batch);
        var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Pretraining(model.Parameters, WeightDecay), 0.9f, 0.95f);
        var batch = RandomBatch(device, what);
        return new StepUnderTest(
            number =>
            {
                step.Run(new PretrainInputs(batch.Images, Seed, number));
                Update(model, optimizer, step.Gradients);
            },
            step, optimizer, model, new OwnedBatch(batch));
    }

    private static StepUnderTest Finetuning(Device device, StepCase what, TrainingLoss loss)
    {
        var model = new VisionTransformer(device, what.Encoder, StepCase.Classes);
        model.Initialise(Seed);
        var objective = new ClassifierObjective(new AttackBudget(Eps, Alpha, StepCase.TrainingAttackSteps), LabelSmoothing: 0.1f, DropPath: 0.1) { Loss = loss };
        var step = new ClassifierStep(model, objective, what.Batch);
        var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Finetuning(model, WeightDecay, layerDecay: 0.65), 0.9f, 0.999f);
        var batch = RandomBatch(device, what);
        return new StepUnderTest(
            number =>
            {
                step.Run(new ClassifierInputs(batch.Images, batch.Labels, Seed, number));
                Update(model, optimizer, step.Gradients);
            },
            step, optimizer, model, new OwnedBatch(batch));
    }

    private static StepUnderTest Evaluation(Device device, StepCase what)
    {
        var model = new VisionTransformer(device, what.Encoder, StepCase.Classes);
        model.Initialise(Seed);
        var pass = new AttackPass(model, what.Batch);
        var attack = new PgdAttack(new AttackBudget(Eps, Alpha, StepCase.EvaluationAttackSteps)) { Keep = PgdKeep.Last, Seed = Seed }; // all steps of every image
        var images = RandomImages(device, what);
        var all = Enumerable.Range(0, images.Count).ToArray();
        var sink = new Unkept();
        return new StepUnderTest(_ => pass.Run(attack, images, all, sink, default), pass, model);
    }

    private static void Update(Model model, AdamWOptimizer optimizer, GradientShards gradients)
    {
        Reduce.SumOfSquares(gradients.All); // the training loop looks whether it is finite
        optimizer.Step(gradients, Rate, 1);
        model.Refresh();
    }

    private static Batch RandomBatch(Device device, StepCase what)
    {
        var encoder = what.Encoder;
        var batch = new Batch(device, what.Batch, new ImageShape(encoder.Channels, encoder.Image, encoder.Image));
        batch.Set(epoch: 0, number: 0, what.Batch);
        Philox.Uniform(Seed, stream: 0, offset: 0, 0f, 1f, batch.Images);
        batch.Labels.CopyFrom([.. Enumerable.Range(0, what.Batch).Select(i => i % StepCase.Classes)]);
        return batch;
    }

    private static ImageSet RandomImages(Device device, StepCase what)
    {
        var batch = RandomBatch(device, what);
        var images = ImageSet.FromFloats(
            "random", "memory", batch.Shape, batch.Images.ToArray(), batch.Labels.ToArray(), [.. Enumerable.Range(0, StepCase.Classes).Select(i => $"{i}")]);
        batch.Free();
        return images;
    }

    private sealed class Unkept : IAttackSink
    {
        public void Done(int image, in AttackResult result, ReadOnlySpan<float> adversarial)
        {
        }
    }

    private sealed class OwnedBatch(Batch batch) : IDisposable
    {
        public void Dispose() => batch.Free();
    }
}
