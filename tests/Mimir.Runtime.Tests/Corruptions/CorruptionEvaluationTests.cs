using Mimir.Kernels.Devices;
using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;

namespace Mimir.Runtime.Tests.Corruptions;

[TestFixture]
internal sealed class CorruptionEvaluationTests
{
    private const int Count = 20;

    private static readonly Corruption[] s_corruptions = [.. new[] { "gaussian_noise", "contrast", "saturate" }.Select(CorruptionCatalog.Parse)];

    [Test]
    public void AccuraciesAreThoseOfAPlainCount()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Classifier(device);
        using var images = new GeneratedCorruptions(Images(), seed: 1);
        using var evaluation = new CorruptionEvaluation(model);
        using var classification = new Classification(model);
        var scores = CorruptionEvaluation.Scores(images);
        evaluation.Run(images, s_corruptions, [1, 5], scores, new Watch(), default);
        var counted = new int[Count];
        foreach (var score in scores.Scores)
        {
            var predictions = new int[Count];
            classification.Run(images.Load(score.Corruption, score.Severity, 1, default), [.. Enumerable.Range(0, Count)], predictions, []);
            var right = predictions.Select((prediction, i) => prediction == i % TinyModels.Classes ? 1 : 0).ToArray();
            Assert.That(score.Accuracy, Is.EqualTo(new Accuracy(right.Sum(), Count)), $"{score.Corruption} {score.Severity}");
            if (!score.Corruption.IsExtra)
                counted = [.. counted.Zip(right, (a, b) => a + b)];
        }

        Assert.That(scores.Scores.Select(score => (score.Corruption.Name, score.Severity)), Is.EqualTo(new[]
        {
            ("gaussian_noise", 1), ("gaussian_noise", 5), ("contrast", 1), ("contrast", 5), ("saturate", 1), ("saturate", 5),
        }).AsCollection);
        Assert.That(scores.Mean, Is.EqualTo(MeanAccuracy.Of(counted, 4)), "the one that is held out is not in the mean");
    }

    [Test]
    public void TheMeansIntervalIsThatOfImages()
    {
        // Shares of four images: 0, 1/2, 1/2, 1: mean 1/2, deviation sqrt(1/6).
        var mean = MeanAccuracy.Of([0, 1, 1, 2], 2);
        Assert.That(mean.Share, Is.EqualTo(0.5).Within(1e-12));
        Assert.That(mean.Interval, Is.EqualTo(1.96 * Math.Sqrt(1 / 6.0 / 4)).Within(1e-12));
        Assert.That(MeanAccuracy.Of([3, 3, 3], 3).Interval, Is.Zero);
    }

    [Test]
    public void WhatIsDoneStaysAfterAnInterruption()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device);
        using var images = new GeneratedCorruptions(Images(), seed: 1);
        using var evaluation = new CorruptionEvaluation(model);
        using var source = new CancellationTokenSource();
        var scores = CorruptionEvaluation.Scores(images);
        var watch = new Watch { Done = source.Cancel };
        Assert.That(() => evaluation.Run(images, s_corruptions, [2], scores, watch, source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(scores.Means.Select(mean => mean.Corruption.Name), Is.EqualTo(new[] { "gaussian_noise" }).AsCollection);
        Assert.That(watch.Progress, Is.EqualTo(new[] { (20L, 60L) }).AsCollection);
    }

    private static ImageSet Images()
    {
        var shape = new ImageShape(3, 8, 8);
        var pixels = new byte[Count * shape.Values];
        new Random(1).NextBytes(pixels);
        return ImageSet.FromBytes("test", "test", shape, pixels, 255, [.. Enumerable.Range(0, Count).Select(i => i % TinyModels.Classes)], ["a", "b", "c", "d", "e"]);
    }

    private sealed class Watch : ICorruptionObserver
    {
        public List<(long Done, long All)> Progress { get; } = [];

        public Action Done { get; init; } = () => { };

        public void OnProgress(Corruption corruption, int severity, long done, long all) => Progress.Add((done, all));

        public void OnDone(Corruption corruption, IReadOnlyList<ImageSet> images) => Done();
    }
}
