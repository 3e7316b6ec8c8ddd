using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Evaluation;

/// <summary>Natural accuracy and accuracy under PGD with random restarts. An image counts as robust when it is classified correctly and no
/// restart fools the model. Each image's random starts depend on the seed, the restart and its number alone.</summary>
public sealed class RobustEvaluation : IDisposable
{
    private readonly VisionTransformer _model;
    private readonly LinfBudget _budget;
    private readonly int _restarts;
    private readonly ulong _seed;
    private readonly LanePools _pools;
    private readonly Lane[] _lanes;
    private readonly Work _work;
    private MicroBatchPlan _plan = null!;
    private Batch _batch = null!;
    private bool[] _natural = [];
    private bool[] _robust = [];
    private int _firstImage;
    private bool _attackOnly;

    /// <summary>Prepares an evaluation.</summary>
    public RobustEvaluation(VisionTransformer model, LinfBudget budget, int restarts, ulong seed)
    {
        (_model, _budget, _restarts, _seed) = (model, budget, restarts, seed);
        _pools = new LanePools(model.Device, model.Device.Lanes);
        _lanes = new Lane[model.Device.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
            _lanes[i] = new Lane(new Graph(_pools), new CrossEntropyObjective(model));
        _work = new Work(this);
    }

    /// <summary>Runs over all images of a set in order.</summary>
    /// <param name="batches">The images; see <see cref="Batcher.ForEvaluation"/>.</param>
    /// <param name="progress">Told of the tally after every batch.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="outcomes">Receives every image's outcome in the order of the set, where wanted.</param>
    public Tally Run(Batcher batches, Action<Tally> progress, CancellationToken cancellation, ICollection<ImageOutcome>? outcomes = null)
    {
        var tally = new Tally(0, 0, 0);
        while (batches.TryNext(out var batch))
        {
            cancellation.ThrowIfCancellationRequested();
            tally = Add(tally, batch);
            for (var i = 0; i < batch.Count; i++)
                outcomes?.Add(new ImageOutcome(_natural[i], _robust[i]));
            progress(tally);
        }

        return tally;
    }

    /// <summary>Attacks one batch without a look at the images as they are, which else spares the attack on those that the model has
    /// wrong: the same work whatever the model knows, which is what a benchmark wants.</summary>
    /// <returns>Images classified correctly under every restart.</returns>
    public int Attack(Batch batch)
    {
        _attackOnly = true;
        Evaluate(batch, firstImage: 0);
        _attackOnly = false;
        return _robust.AsSpan().Count(true);
    }

    /// <inheritdoc/>
    public void Dispose() => _pools.Dispose();

    private Tally Add(Tally tally, Batch batch)
    {
        Evaluate(batch, tally.Images);
        return new Tally(tally.Images + batch.Count, tally.Natural + _natural.AsSpan().Count(true), tally.Robust + _robust.AsSpan().Count(true));
    }

    private void Evaluate(Batch batch, int firstImage)
    {
        if (_plan is null || _plan.Batch != batch.Count)
        {
            _plan = new MicroBatchPlan(_model.Device.Cut, batch.Count, _model.Encoder.Patches + 1, parameters: 0);
            _natural = new bool[batch.Count];
            _robust = new bool[batch.Count];
            foreach (var lane in _lanes)
                lane.Reserve(_plan.MicroBatch, _model.Classes);
        }

        (_batch, _firstImage) = (batch, firstImage);
        _model.Device.Run(_work, _plan.Count);
    }

    private void Evaluate(int microBatch, Lane lane)
    {
        var (start, size) = (_plan.Start(microBatch), _plan.SizeOf(microBatch));
        var one = _batch.Shape.Values;
        var images = _batch.Images.Slice((long)start * one, (long)size * one);
        var labels = _batch.Labels.Slice(start, size);
        var natural = _natural.AsSpan(start, size);
        var robust = _robust.AsSpan(start, size);
        if (_attackOnly)
            natural.Fill(true);
        else
            Mark(lane, images, labels, natural);
        natural.CopyTo(robust);

        var values = images.Length;
        var adversarial = _pools.Rent(values);
        var noise = _pools.Rent(values);
        var gradient = _pools.Rent(values);
        var right = lane.Right.AsSpan(0, size);
        lane.Objective.Labels = labels;
        for (var restart = 0; restart < _restarts && robust.Contains(true); restart++)
        {
            var stream = RandomStreams.Of(RandomPurpose.AttackStart, restart);
            Philox.Uniform(_seed, stream, (ulong)(_firstImage + start) * (ulong)one, -_budget.Epsilon, _budget.Epsilon, noise);
            lane.Attack.Run(_budget, images, noise, gradient, adversarial);
            Mark(lane, adversarial, labels, right);
            for (var i = 0; i < size; i++)
                robust[i] &= right[i];
        }

        _pools.Return(gradient);
        _pools.Return(noise);
        _pools.Return(adversarial);
    }

    private void Mark(Lane lane, DeviceSpan<float> images, DeviceSpan<int> labels, Span<bool> right)
    {
        var graph = lane.Graph;
        graph.Begin();
        var logits = _model.Logits(graph, graph.Input(images, _model.ImageShape(images.Length)));
        var rows = lane.Logits.AsSpan(0, right.Length * _model.Classes);
        logits.Data.CopyTo(rows);
        var wanted = lane.Labels.AsSpan(0, right.Length);
        labels.CopyTo(wanted);
        for (var i = 0; i < right.Length; i++)
            right[i] = Predictions.ArgMax(rows.Slice(i * _model.Classes, _model.Classes)) == wanted[i];

        graph.End();
    }

    /// <summary>What one lane uses again and again.</summary>
    private sealed class Lane(Graph graph, CrossEntropyObjective objective)
    {
        public Graph Graph => graph;

        public CrossEntropyObjective Objective => objective;

        public LinfPgd Attack { get; } = new(graph, objective);

        public float[] Logits { get; private set; } = [];

        public int[] Labels { get; private set; } = [];

        public bool[] Right { get; private set; } = [];

        public void Reserve(int images, int classes)
        {
            if (Right.Length >= images)
                return;
            Logits = new float[images * classes];
            Labels = new int[images];
            Right = new bool[images];
        }
    }

    private sealed class Work(RobustEvaluation evaluation) : ITeamWork
    {
        public void Run(int task, int lane) => evaluation.Evaluate(task, evaluation._lanes[lane]);
    }
}

/// <summary>What became of one image.</summary>
/// <param name="Natural">Whether it is classified correctly as it is.</param>
/// <param name="Robust">Whether it is classified correctly under every restart of the attack too.</param>
public readonly record struct ImageOutcome(bool Natural, bool Robust);

/// <summary>Counts of an evaluation.</summary>
/// <param name="Images">Images seen.</param>
/// <param name="Natural">Of these, classified correctly as they are.</param>
/// <param name="Robust">Of these, classified correctly under every restart of the attack too.</param>
public readonly record struct Tally(int Images, int Natural, int Robust)
{
    /// <summary>Share classified correctly.</summary>
    public double NaturalAccuracy => Images == 0 ? 0 : (double)Natural / Images;

    /// <summary>Share robust.</summary>
    public double RobustAccuracy => Images == 0 ? 0 : (double)Robust / Images;

    /// <summary>Half the width of an accuracy's 95 % interval, 1.96·√(p(1 − p)/n).</summary>
    public double Interval(double accuracy) => Images == 0 ? 0 : 1.96 * Math.Sqrt(accuracy * (1 - accuracy) / Images);
}
