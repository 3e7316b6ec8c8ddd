using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Corruptions;

/// <summary>Watches an evaluation under corruptions.</summary>
public interface ICorruptionObserver
{
    /// <summary>Some images of a corruption are classified.</summary>
    /// <param name="corruption">The corruption under way.</param>
    /// <param name="severity">Its severity.</param>
    /// <param name="done">Images classified in all.</param>
    /// <param name="all">Images to classify in all.</param>
    void OnProgress(Corruption corruption, int severity, long done, long all);

    /// <summary>A corruption is done.</summary>
    /// <param name="corruption">The corruption.</param>
    /// <param name="images">Its images, one set a severity.</param>
    void OnDone(Corruption corruption, IReadOnlyList<ImageSet> images);
}

/// <summary>Accuracy of a classifier under common corruptions.</summary>
/// <param name="model">The classifier.</param>
public sealed class CorruptionEvaluation(VisionTransformer model) : IDisposable
{
    private readonly Classification _classification = new(model);

    /// <summary>Accuracy on images as they are.</summary>
    public Accuracy Natural(ImageSet images, CancellationToken cancellation) => new(Right(images, null, cancellation).AsSpan().Count(true), images.Count);

    /// <summary>Goes through corruptions and severities in the order given.</summary>
    /// <param name="images">The images.</param>
    /// <param name="corruptions">Corruptions without obstacle.</param>
    /// <param name="severities">Each from 1.</param>
    /// <param name="scores">Receives each corruption when it is done; see <see cref="Scores"/>.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Stops between blocks of images; what is done is in <paramref name="scores"/>.</param>
    public void Run(
        CorruptedImages images, IReadOnlyList<Corruption> corruptions, IReadOnlyList<int> severities, CorruptionScores scores, ICorruptionObserver observer,
        CancellationToken cancellation)
    {
        var all = (long)corruptions.Count * severities.Count * images.Count;
        var before = 0L;
        foreach (var corruption in corruptions)
        {
            var sets = new List<ImageSet>();
            var rights = new List<(int, bool[])>();
            foreach (var severity in severities)
            {
                var set = images.Load(corruption, severity, model.Device.Lanes, cancellation);
                rights.Add((severity, Right(set, done => observer.OnProgress(corruption, severity, before + done, all), cancellation)));
                sets.Add(set);
                before += set.Count;
            }

            scores.Add(corruption, rights);
            observer.OnDone(corruption, sets);
        }
    }

    /// <summary>An empty tally for <see cref="Run"/>.</summary>
    public static CorruptionScores Scores(CorruptedImages images) => new(images.Count);

    /// <inheritdoc/>
    public void Dispose() => _classification.Dispose();

    private bool[] Right(ImageSet images, Action<int>? progress, CancellationToken cancellation)
    {
        var predictions = new int[images.Count];
        _classification.Run(images, [.. Enumerable.Range(0, images.Count)], predictions, [], progress, cancellation);
        var right = new bool[predictions.Length];
        for (var i = 0; i < right.Length; i++)
            right[i] = predictions[i] == images.Labels[i];
        return right;
    }
}
