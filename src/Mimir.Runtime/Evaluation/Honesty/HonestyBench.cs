using Mimir.Kernels;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Evaluation;

/// <summary>What checks work with: a finished evaluation, a part of its images, and attacks on those.</summary>
internal sealed class HonestyBench : IDisposable
{
    private const int UsualSteps = 20;

    private readonly Dictionary<IAttack, bool[]> _outcomes = [];
    private readonly LanePools _pools;
    private readonly Action<int> _progress;
    private readonly CancellationToken _cancellation;

    /// <summary>Prepares.</summary>
    /// <param name="session">Natural predictions must be there.</param>
    /// <param name="settings">How thoroughly.</param>
    /// <param name="progress">Told of images that the model looked at; from one thread at a time.</param>
    /// <param name="cancellation">Stops.</param>
    public HonestyBench(EvaluationSession session, HonestySettings settings, Action<int> progress, CancellationToken cancellation)
    {
        (Session, Settings, _progress, _cancellation) = (session, settings, progress, cancellation);
        _pools = new LanePools(session.Model.Device, session.Model.Device.Lanes);
        var count = Math.Min(settings.Images, session.Images.Count);
        Chosen = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * session.Images.Count / count))];
        Right = [.. Chosen.Where(image => session.Results.NaturalPredictions[image] == session.Images.Labels[image])];
        var model = session.Settings;
        var steps = model.Steps ?? UsualSteps;
        Pgd = new PgdAttack(new AttackBudget(model.Eps, model.StepLength(steps), steps)) { Norm = model.Norm, Seed = model.Seed };
    }

    /// <summary>The evaluation.</summary>
    public EvaluationSession Session { get; }

    /// <summary>How thoroughly it is examined.</summary>
    public HonestySettings Settings { get; }

    /// <summary>Numbers of the images that the checks look at.</summary>
    public int[] Chosen { get; }

    /// <summary>Of these, those that are right as they are; attacks run on them.</summary>
    public int[] Right { get; }

    /// <summary>PGD as the evaluation's settings make it, with one start.</summary>
    public PgdAttack Pgd { get; }

    /// <summary>The same with steps of other number and length, or in another ball.</summary>
    public PgdAttack PgdWith(float epsilon, float alpha, int steps) => Pgd with { Budget = new AttackBudget(epsilon, alpha, steps) };

    /// <summary>Random points of the ball, so many an image.</summary>
    public NoiseProbe Noise => field ??= new NoiseProbe(PgdWith(Session.Settings.Eps, 0, 0), Math.Max(100, (10_000 + Right.Length - 1) / Math.Max(1, Right.Length)));

    /// <summary>PGD that keeps the loss of every step.</summary>
    public LossTrace Trace => field ??= new LossTrace(Pgd with { Keep = PgdKeep.Last });

    /// <summary>PGD on a margin loss, with the same budget.</summary>
    public PgdAttack Margin => Pgd with { Loss = new AttackLoss(Session.Model.Classes > 2 ? MarginForm.Dlr : MarginForm.Margin) };

    /// <summary>Stops when asked.</summary>
    public CancellationToken Cancellation => _cancellation;

    /// <summary>Share of the chosen images that are right as they are.</summary>
    public double Natural => (double)Right.Length / Chosen.Length;

    /// <summary>Share of the chosen images that are right under an attack.</summary>
    public double Accuracy(IAttack attack) => (double)(Right.Length - Fooled(attack).AsSpan().Count(true)) / Chosen.Length;

    /// <summary>Which of <see cref="Right"/> an attack fools; it runs at the first call.</summary>
    public bool[] Fooled(IAttack attack)
    {
        if (!_outcomes.TryGetValue(attack, out var fooled))
            _outcomes[attack] = fooled = Run(attack, Session.Pass, null);
        return fooled;
    }

    /// <summary>Runs an attack on <see cref="Right"/>.</summary>
    /// <param name="attack">The attack.</param>
    /// <param name="pass">On which model.</param>
    /// <param name="returned">Told of every x' by its position in <see cref="Right"/>; null where nobody wants them.</param>
    /// <returns>Which it says it fooled.</returns>
    public bool[] Run(IAttack attack, AttackPass pass, Action<int, float[]>? returned)
    {
        var sink = new Sink(this, returned);
        pass.Run(attack, Session.Images, Right, sink, _cancellation);
        return sink.Fooled;
    }

    /// <summary>[images, values], images as they are.</summary>
    public float[] Pixels(int[] images)
    {
        var values = Session.Images.Shape.Values;
        var pixels = new float[images.Length * values];
        for (var i = 0; i < images.Length; i++)
            Session.Images.CopyImage(images[i], pixels.AsSpan(i * values, values));
        return pixels;
    }

    /// <summary>[<see cref="Right"/>], cross-entropies of the images as they are.</summary>
    public float[] NaturalLosses()
    {
        var losses = new float[Right.Length];
        Session.Classification.Run(Session.Images, Right, new int[Right.Length], losses, cancellation: _cancellation);
        Looked(Right.Length);
        return losses;
    }

    /// <summary>[images, classes], logits of images.</summary>
    public float[] Logits(float[] pixels) => Evaluate(AttackLoss.CrossEntropy, pixels, null).Logits;

    /// <summary>[images, values], the gradient of a loss.</summary>
    /// <param name="loss">Without target.</param>
    /// <param name="pixels">[images, values].</param>
    /// <param name="images">Their numbers, for the labels.</param>
    public float[] Gradients(AttackLoss loss, float[] pixels, int[] images) => Evaluate(loss, pixels, images).Gradients;

    // On the calling thread, whose products the lanes share.
    private (float[] Logits, float[] Gradients) Evaluate(AttackLoss loss, float[] pixels, int[]? images)
    {
        var (model, values) = (Session.Model, Session.Images.Shape.Values);
        var count = pixels.Length / values;
        var logits = new float[count * model.Classes];
        var gradients = images is null ? [] : new float[pixels.Length];
        if (count == 0)
            return (logits, gradients);
        var victim = new Victim(model, _pools);
        var block = Math.Min(count, Victim.SlotsOf(model));
        var device = model.Device;
        var (points, slopes, labels) = (device.Allocate<float>((long)block * values), device.Allocate<float>((long)block * values), device.Allocate<int>(block));
        for (var first = 0; first < count; first += block)
        {
            _cancellation.ThrowIfCancellationRequested();
            var size = Math.Min(block, count - first);
            var (at, there) = (points.Slice(0, (long)size * values), slopes.Slice(0, (long)size * values));
            at.CopyFrom(pixels.AsSpan(first * values, size * values));
            var rows = logits.AsSpan(first * model.Classes, size * model.Classes);
            if (images is null)
            {
                victim.Logits(at, rows);
            }
            else
            {
                labels.Slice(0, size).CopyFrom([.. images.AsSpan(first, size).ToArray().Select(image => Session.Images.Labels[image])]);
                victim.Evaluate(loss, at, labels.Slice(0, size), default, rows, new float[size], there);
                there.CopyTo(gradients.AsSpan(first * values, size * values));
            }

            Looked(size);
        }

        foreach (var buffer in new[] { points.Buffer, slopes.Buffer, labels.Buffer })
            buffer.Dispose();
        return (logits, gradients);
    }

    /// <summary>Tells of images that the model looked at outside of attacks.</summary>
    public void Looked(int images) => _progress(images);

    /// <inheritdoc/>
    public void Dispose() => _pools.Dispose();

    private sealed class Sink(HonestyBench bench, Action<int, float[]>? returned) : IAttackSink
    {
        private readonly Dictionary<int, int> _positions = bench.Right.Index().ToDictionary(pair => pair.Item, pair => pair.Index);

        public bool[] Fooled { get; } = new bool[bench.Right.Length];

        public void Done(int image, in AttackResult result, ReadOnlySpan<float> adversarial)
        {
            Fooled[_positions[image]] = result.Fooled;
            returned?.Invoke(_positions[image], adversarial.ToArray());
        }

        public void Evaluated(int images) => bench.Looked(images);
    }
}
