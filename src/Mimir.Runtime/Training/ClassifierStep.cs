using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Training;

/// <summary>One step of adversarial training up to the gradients: attack, then forward with drop path, then the walk back, each micro-batch in
/// one piece on its core (<see cref="TrainingLoss"/>).</summary>
public sealed class ClassifierStep : IDisposable
{
    private readonly VisionTransformer _model;
    private readonly ClassifierObjective _objective;
    private readonly MicroBatchPlan _plan;
    private readonly LanePools _pools;
    private readonly GradientShards _gradients;
    private readonly DeviceSpan<float> _dropPath;
    private readonly DeviceSpan<float> _naturalDropPath;
    private readonly DeviceSpan<float> _adversarial;
    private readonly KeptPerturbation? _perturbation;
    private readonly Lane[] _lanes;
    private readonly float[] _losses;
    private readonly float[] _divergences;
    private readonly float[] _logits;
    private readonly float[] _naturalLogits;
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
        if (objective.DropPath > 0 && objective.SeesBoth)
            _naturalDropPath = device.Allocate<float>(2L * model.Encoder.Depth * batch, "drop path of natural images");
        if (objective.Loss == TrainingLoss.Free)
            _perturbation = new KeptPerturbation(model, batch);
        _lanes = new Lane[device.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
            _lanes[i] = LaneOf(new Graph(_pools));
        _losses = new float[batch];
        _divergences = new float[objective.Loss == TrainingLoss.Trades ? batch : 0];
        _logits = new float[batch * model.Classes];
        _naturalLogits = new float[objective.SeesBoth ? batch * model.Classes : 0];
        _labels = new int[batch];
        _work = new Work(this);
    }

    /// <summary>Sums of gradients, to which every run adds.</summary>
    public GradientShards Gradients => _gradients;

    /// <summary>The attacked images of the last run.</summary>
    public DeviceSpan<float> Adversarial => _adversarial;

    /// <summary>What <see cref="TrainingLoss.Free"/> keeps from run to run, [batch, channels, side, side]; empty for other losses.</summary>
    public DeviceSpan<float> Perturbation => _perturbation?.Values ?? default;

    private int ImageValues => _model.Encoder.Channels * _model.Encoder.Image * _model.Encoder.Image;

    /// <summary>Adds the gradients of one batch to <see cref="Gradients"/>.</summary>
    public ClassifierReport Run(ClassifierInputs inputs)
    {
        _inputs = inputs;
        if (!_dropPath.IsEmpty)
            DrawDropPath(RandomPurpose.DropPath, _dropPath);
        if (!_naturalDropPath.IsEmpty)
            DrawDropPath(RandomPurpose.NaturalDropPath, _naturalDropPath);
        _model.Device.Run(_work, _plan.Shards);
        inputs.Labels.CopyTo(_labels);
        var divergence = Mean(_divergences);
        return new ClassifierReport(Mean(_losses) + (_divergences.Length > 0 ? _objective.Beta * divergence : 0), Accuracy(_logits))
        {
            NaturalAccuracy = _naturalLogits.Length > 0 ? Accuracy(_naturalLogits) : double.NaN,
            Divergence = divergence,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pools.Dispose();
        _gradients.Dispose();
        _adversarial.Buffer.Dispose();
        _perturbation?.Dispose();
        if (!_dropPath.IsEmpty)
            _dropPath.Buffer.Dispose();
        if (!_naturalDropPath.IsEmpty)
            _naturalDropPath.Buffer.Dispose();
    }

    private static double Mean(float[] values)
    {
        var sum = 0.0;
        foreach (var one in values)
            sum += one;
        return sum / values.Length; // NaN where there are none
    }

    private double Accuracy(float[] logits)
    {
        var right = 0;
        for (var i = 0; i < _plan.Batch; i++)
        {
            if (Predictions.ArgMax(logits.AsSpan(i * _model.Classes, _model.Classes)) == _labels[i])
                right++;
        }

        return (double)right / _plan.Batch;
    }

    private void DrawDropPath(RandomPurpose purpose, DeviceSpan<float> factors) =>
        DropPathSampling.Draw(purpose, _inputs.Seed, _inputs.Step, _objective.DropPath, _model.Encoder.Depth, _plan.Batch, factors);

    private Lane LaneOf(Graph graph) => new(graph, _objective.Loss switch
    {
        TrainingLoss.Trades => new TradesAttack(_model, _pools, graph),
        TrainingLoss.Mart => new MartAttack(_model, _pools, graph),
        TrainingLoss.Free => _perturbation!,
        TrainingLoss.Apgd => new ApgdInnerAttack(_model, _pools, _plan.MicroBatch),
        TrainingLoss.Natural => new NoAttack(),
        _ => new UniformPgd(_model, _pools, graph),
    });

    private void Run(int microBatch, int shard, Lane lane)
    {
        var (start, size) = (_plan.Start(microBatch), _plan.SizeOf(microBatch));
        var (first, values) = ((long)start * ImageValues, (long)size * ImageValues);
        var inputs = new InnerAttackInputs(
            _inputs.Budget ?? _objective.Budget, _inputs.Seed, _inputs.Step, first, _inputs.Images.Slice(first, values),
            _inputs.Labels.Slice(start, size), _adversarial.Slice(first, values));
        if (_inputs.Adversarial.IsEmpty)
            lane.Attack.Run(inputs);
        else
            Elementwise.Copy(_inputs.Adversarial.Slice(first, values), inputs.Adversarial);

        var imageGradient = _perturbation is null ? default : _pools.Rent(values);
        Learn(start, size, inputs, imageGradient, lane.Graph, _gradients[shard]);
        if (_perturbation is null)
            return;
        _perturbation.Advance(inputs, imageGradient);
        _pools.Return(imageGradient);
    }

    private void Learn(
        int start, int size, in InnerAttackInputs inputs, DeviceSpan<float> imageGradient, Graph graph, DeviceSpan<float> parameterGradients)
    {
        var shape = _model.ImageShape(inputs.Natural.Length);
        graph.Begin(parameterGradients);
        var logits = _model.Logits(
            graph, graph.Input(inputs.Adversarial, shape, imageGradient), new DropPathScales(_dropPath, _plan.Batch, start, size));
        var natural = _objective.SeesBoth
            ? _model.Logits(graph, graph.Input(inputs.Natural, shape), new DropPathScales(_naturalDropPath, _plan.Batch, start, size))
            : null;
        var scale = 1f / _plan.Batch;
        Tensor losses;
        Tensor? divergences = null;
        switch (_objective.Loss)
        {
            case TrainingLoss.Trades:
                losses = CrossEntropyOp.Apply(graph, natural!, inputs.Labels, 0f, scale);
                divergences = KlDivergenceOp.Apply(graph, natural!, logits, _objective.Beta * scale);
                graph.Backward(losses, divergences);
                break;
            case TrainingLoss.Mart:
                losses = MartLossOp.Apply(graph, logits, natural!, inputs.Labels, _objective.Beta, scale);
                graph.Backward(losses);
                break;
            default:
                losses = CrossEntropyOp.Apply(graph, logits, inputs.Labels, _objective.LabelSmoothing, scale);
                graph.Backward(losses);
                break;
        }

        // Copies wait for a GPU, so they come last.
        logits.Data.CopyTo(_logits.AsSpan(start * _model.Classes, size * _model.Classes));
        natural?.Data.CopyTo(_naturalLogits.AsSpan(start * _model.Classes, size * _model.Classes));
        losses.Data.CopyTo(_losses.AsSpan(start, size));
        divergences?.Data.CopyTo(_divergences.AsSpan(start, size));
        graph.End();
    }

    private sealed record Lane(Graph Graph, IInnerAttack Attack);

    private sealed class Work(ClassifierStep step) : ITeamWork
    {
        public void Run(int task, int lane)
        {
            for (var i = step._plan.FirstOf(task); i < step._plan.FirstOf(task + 1); i++)
                step.Run(i, task, step._lanes[lane]);
        }
    }
}
