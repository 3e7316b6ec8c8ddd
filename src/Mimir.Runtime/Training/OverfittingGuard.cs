using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>Watches for catastrophic overfitting: after every epoch the same few training images are attacked by PGD-5, from the same starts;
/// one that any iterate fools is lost. Nothing of it reaches the training.</summary>
public sealed class OverfittingGuard : IDisposable
{
    /// <summary>Steps of the guard's attack.</summary>
    public const int Steps = 5;

    /// <summary>A larger drop of accuracy from one epoch to the next is overfitting.</summary>
    public const double LargestDrop = 0.2;

    /// <summary>The metric that a look adds to an epoch's report.</summary>
    public const string Metric = "guard_accuracy";

    /// <summary>Fewest images, where there are so many: with fewer, chance alone makes such drops.</summary>
    public const int FewestImages = 128;

    private readonly ImageSet _images;
    private readonly PgdAttack _attack;
    private readonly OverfittingResponse _response;
    private readonly AttackPass _pass;
    private readonly int[] _numbers;

    /// <summary>Chooses the images: as many as a batch has, at least 128 if there are so many, in equal parts of every class.</summary>
    /// <param name="model">The model in training.</param>
    /// <param name="images">The training images.</param>
    /// <param name="batch">Images of a batch.</param>
    /// <param name="budget">ε and α of the attack; its steps are <see cref="Steps"/>.</param>
    /// <param name="seed">Decides the starts.</param>
    /// <param name="response">What is done about a finding.</param>
    public OverfittingGuard(VisionTransformer model, ImageSet images, int batch, AttackBudget budget, ulong seed, OverfittingResponse response)
    {
        _images = images.Take(Math.Max(batch, FewestImages));
        _attack = new PgdAttack(budget with { Steps = Steps }) { Keep = PgdKeep.FirstSuccess, Seed = seed };
        _response = response;
        _pass = new AttackPass(model, _images.Count);
        _numbers = [.. Enumerable.Range(0, _images.Count)];
    }

    /// <summary>Whether a finding brings the weights of the epoch before back, which must be kept then.</summary>
    public bool RollsBack => _response == OverfittingResponse.Rollback;

    /// <summary>Adds the guard's accuracy to an epoch's report, and what it makes of it.</summary>
    /// <param name="report">The epoch; it has <see cref="FinetuneTask.AttackedAccuracy"/>.</param>
    /// <param name="before">What it knows of the epoch before; null after the first one.</param>
    /// <returns>The report, and what to know of this epoch.</returns>
    public (EpochReport Report, GuardMemory Memory) Judge(EpochReport report, GuardMemory? before)
    {
        var (now, attacked) = (Accuracy(), report.Metrics[FinetuneTask.AttackedAccuracy]);
        var overfitting = before is not null && before.Guard - now > LargestDrop
            ? new Overfitting(before.Guard, now, before.Attacked, attacked, _response)
            : null;
        return (
            report with { Metrics = new Dictionary<string, double>(report.Metrics) { [Metric] = now }, Overfitting = overfitting },
            new GuardMemory(now, attacked, Ended: overfitting is not null && _response != OverfittingResponse.Report));
    }

    /// <summary>Share of the guard's images that the model classifies correctly under its attack.</summary>
    public double Accuracy()
    {
        var count = new Survivors();
        _pass.Run(_attack, _images, _numbers, count, CancellationToken.None);
        return (double)count.Count / _images.Count;
    }

    /// <inheritdoc/>
    public void Dispose() => _pass.Dispose();

    private sealed class Survivors : IAttackSink
    {
        public int Count { get; private set; }

        public void Done(int image, in AttackResult result, ReadOnlySpan<float> adversarial)
        {
            if (!result.Fooled)
                Count++;
        }
    }
}
