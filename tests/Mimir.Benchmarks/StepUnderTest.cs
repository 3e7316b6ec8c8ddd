using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Benchmarks;

/// <summary>A training step on random images with all that belongs to it, as the training loop runs it.</summary>
internal sealed class StepUnderTest : IDisposable
{
    private const float Rate = 1e-4f;
    private const float WeightDecay = 0.05f;
    private const float Eps = 8f / 255;

    private readonly Model _model;
    private readonly AdamWOptimizer _optimizer;
    private readonly GradientShards _gradients;
    private readonly Action<long> _step;
    private readonly IDisposable[] _owned;
    private long _number;

    private StepUnderTest(Model model, AdamWOptimizer optimizer, GradientShards gradients, Action<long> step, params IDisposable[] owned)
    {
        (_model, _optimizer, _gradients, _step) = (model, optimizer, gradients, step);
        _owned = owned;
    }

    /// <summary>MIMIR's pre-training with HSIC-CCA and one attack step.</summary>
    public static StepUnderTest Pretraining(HostDevice host, EncoderConfig encoder, int batch)
    {
        var model = new MaskedAutoencoder(host, encoder, DecoderConfig.Published);
        model.Initialise(0);
        var objective = new PretrainObjective { Method = PretrainMethod.Mimir, Budget = new LinfBudget(Eps, 10f / 255, 1) };
        var step = new PretrainStep(model, objective, new HsicCca(), batch);
        var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Pretraining(model.Parameters, WeightDecay), 0.9f, 0.95f);
        var images = RandomImages(host, encoder, batch);
        return new StepUnderTest(model, optimizer, step.Gradients, n => step.Run(new PretrainInputs(images, 0, n)), step, images.Buffer);
    }

    /// <summary>PGD adversarial training with drop path and label smoothing.</summary>
    public static StepUnderTest Finetuning(HostDevice host, EncoderConfig encoder, int classes, int batch, int attackSteps)
    {
        var model = new VisionTransformer(host, encoder, classes);
        model.Initialise(0);
        var objective = new ClassifierObjective(new LinfBudget(Eps, 2f / 255, attackSteps), LabelSmoothing: 0.1f, DropPath: 0.1);
        var step = new ClassifierStep(model, objective, batch);
        var optimizer = new AdamWOptimizer(model.Parameters, ParameterGroups.Finetuning(model, WeightDecay, layerDecay: 0.65), 0.9f, 0.999f);
        var images = RandomImages(host, encoder, batch);
        var labels = host.Allocate<int>(batch);
        for (var i = 0; i < batch; i++)
            labels.AsSpan()[i] = i % classes;
        return new StepUnderTest(
            model, optimizer, step.Gradients, n => step.Run(new ClassifierInputs(images, labels, 0, n)), step, images.Buffer, labels.Buffer);
    }

    /// <summary>One step.</summary>
    public void Run()
    {
        _step(_number++);
        _optimizer.Step(_gradients.Sum(), Rate, 1);
        _gradients.Clear();
        _model.Refresh();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in _owned)
            owned.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
    }

    private static DeviceSpan<float> RandomImages(HostDevice host, EncoderConfig encoder, int batch)
    {
        var images = host.Allocate<float>((long)batch * encoder.Channels * encoder.Image * encoder.Image);
        Philox.Uniform(seed: 0, stream: 0, offset: 0, 0f, 1f, images);
        return images;
    }
}
