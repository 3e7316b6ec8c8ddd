using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Training;

/// <summary>One step of PGD adversarial training up to the gradients (Madry et al. 2018): attack, then forward with drop path and
/// label smoothing, then the walk back, each micro-batch in one piece on its core.</summary>
public sealed class ClassifierStep : IDisposable
{
    private readonly VisionTransformer _model;
    private readonly ClassifierObjective _objective;
    private readonly MicroBatchPlan _plan;
    private readonly LanePools _pools;
    private readonly GradientShards _gradients;
    private readonly DeviceSpan<float> _dropPath;
    private readonly DeviceSpan<float> _adversarial;
    private readonly Lane[] _lanes;
    private readonly float[] _losses;
    private readonly float[] _logits;
    private readonly int[] _labels;
    private readonly Work _work;
    private ClassifierInputs _inputs;

    /// <summary>Prepares steps on batches of one size.</summary>
    public ClassifierStep(VisionTransformer model, ClassifierObjective objective, int batch)
    {
        (_model, _objective) = (model, objective);
        var device = model.Device;
        _plan = new MicroBatchPlan(device.Cut, batch, model.Encoder.Patches + 1, model.Parameters.Values.Length);
        _pools = new LanePools(device, device.Lanes);
        _gradients = new GradientShards(model.Parameters, _plan.Shards);
        _adversarial = device.Allocate<float>((long)batch * ImageValues, "adversarial images");
        if (objective.DropPath > 0)
            _dropPath = device.Allocate<float>(2L * model.Encoder.Depth * batch, "drop path");
        _lanes = new Lane[device.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
            _lanes[i] = new Lane(new Graph(_pools), new CrossEntropyObjective(model));
        _losses = new float[batch];
        _logits = new float[batch * model.Classes];
        _labels = new int[batch];
        _work = new Work(this);
    }

    /// <summary>Sums of gradients, to which every run adds.</summary>
    public GradientShards Gradients => _gradients;

    /// <summary>The attacked images of the last run.</summary>
    public DeviceSpan<float> Adversarial => _adversarial;

    private int ImageValues => _model.Encoder.Channels * _model.Encoder.Image * _model.Encoder.Image;

    /// <summary>Adds the gradients of one batch to <see cref="Gradients"/>.</summary>
    public ClassifierReport Run(ClassifierInputs inputs)
    {
        _inputs = inputs;
        if (!_dropPath.IsEmpty)
            DropPathSampling.Draw(inputs.Seed, inputs.Step, _objective.DropPath, _model.Encoder.Depth, _plan.Batch, _dropPath);
        _model.Device.Run(_work, _plan.Shards);

        var loss = 0.0;
        foreach (var one in _losses)
            loss += one;
        inputs.Labels.CopyTo(_labels);
        var right = 0;
        for (var i = 0; i < _plan.Batch; i++)
        {
            if (Predictions.ArgMax(_logits.AsSpan(i * _model.Classes, _model.Classes)) == _labels[i])
                right++;
        }

        return new ClassifierReport(loss / _plan.Batch, (double)right / _plan.Batch);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pools.Dispose();
        _gradients.Dispose();
        _adversarial.Buffer.Dispose();
        if (!_dropPath.IsEmpty)
            _dropPath.Buffer.Dispose();
    }

    private void Run(int microBatch, int shard, Lane lane)
    {
        var (start, size) = (_plan.Start(microBatch), _plan.SizeOf(microBatch));
        var (first, values) = ((long)start * ImageValues, (long)size * ImageValues);
        var natural = _inputs.Images.Slice(first, values);
        var adversarial = _adversarial.Slice(first, values);
        var labels = _inputs.Labels.Slice(start, size);

        if (_inputs.Adversarial.IsEmpty)
            Attack(lane, first, natural, labels, adversarial);
        else
            Elementwise.Copy(_inputs.Adversarial.Slice(first, values), adversarial);

        var graph = lane.Graph;
        graph.Begin(_gradients[shard]);
        var drop = new DropPathScales(_dropPath, _plan.Batch, start, size);
        var logits = _model.Logits(graph, graph.Input(adversarial, _model.ImageShape(values)), drop);
        var losses = CrossEntropyOp.Apply(graph, logits, labels, _objective.LabelSmoothing, 1f / _plan.Batch);
        graph.Backward(losses);
        logits.Data.CopyTo(_logits.AsSpan(start * _model.Classes, size * _model.Classes)); // waits for a GPU, so last
        losses.Data.CopyTo(_losses.AsSpan(start, size));
        graph.End();
    }

    private void Attack(Lane lane, long first, DeviceSpan<float> natural, DeviceSpan<int> labels, DeviceSpan<float> adversarial)
    {
        var noise = _pools.Rent(natural.Length);
        var gradient = _pools.Rent(natural.Length);
        var epsilon = _objective.Budget.Epsilon;
        Philox.Uniform(
            _inputs.Seed, RandomStreams.Of(RandomPurpose.AttackStart, _inputs.Step), (ulong)first, -epsilon, epsilon, noise);
        lane.Objective.Labels = labels;
        lane.Attack.Run(_objective.Budget, natural, noise, gradient, adversarial);
        _pools.Return(noise);
        _pools.Return(gradient);
    }

    private sealed record Lane(Graph Graph, CrossEntropyObjective Objective)
    {
        public LinfPgd Attack { get; } = new(Graph, Objective);
    }

    private sealed class Work(ClassifierStep step) : ITeamWork
    {
        public void Run(int task, int lane)
        {
            for (var i = step._plan.FirstOf(task); i < step._plan.FirstOf(task + 1); i++)
                step.Run(i, task, step._lanes[lane]);
        }
    }
}
