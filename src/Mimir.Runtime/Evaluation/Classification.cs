using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Evaluation;

/// <summary>What a classifier says of images as they are: a class and, where wanted, a cross-entropy for each. Blocks of images are cut into
/// micro-batches, which the lanes share; an image's answer depends on nothing but the image. In steady state nothing is allocated.
/// One thread uses it at a time.</summary>
public sealed class Classification : IDisposable
{
    /// <summary>Images of a block where nothing else is asked for.</summary>
    public const int UsualBlock = 256;

    private readonly VisionTransformer _model;
    private readonly LanePools _pools;
    private readonly Lane[] _lanes;
    private readonly Work _work;
    private readonly Dictionary<int, MicroBatchPlan> _plans = [];
    private readonly DeviceSpan<float> _images;
    private readonly DeviceSpan<int> _labels;
    private readonly float[]? _stagedImages;
    private readonly int[] _wanted;
    private readonly int[] _predictions;
    private readonly float[] _losses;
    private MicroBatchPlan _plan = null!;
    private bool _wantsLosses;

    /// <summary>Prepares to classify.</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="block">Most images that lie on the device at once.</param>
    public Classification(VisionTransformer model, int block = UsualBlock)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(block, 1);
        _model = model;
        Block = block;
        _pools = new LanePools(model.Device, model.Device.Lanes);
        _images = model.Device.Allocate<float>((long)block * Values, "images");
        _labels = model.Device.Allocate<int>(block, "labels");
        if (!_images.IsOnHost)
            _stagedImages = new float[block * Values];
        (_wanted, _predictions, _losses) = (new int[block], new int[block], new float[block]);
        _lanes = new Lane[model.Device.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
            _lanes[i] = new Lane(new Graph(_pools));
        _work = new Work(this);
    }

    /// <summary>Most images that lie on the device at once; progress is told and cancellation looked at after each such block.</summary>
    public int Block { get; }

    private int Values => _model.Encoder.Channels * _model.Encoder.Image * _model.Encoder.Image;

    /// <summary>Classifies images of a set.</summary>
    /// <param name="images">The set; its images have the model's size.</param>
    /// <param name="indices">[n], numbers of images in the set.</param>
    /// <param name="predictions">[n], overwritten: the class with the largest logit, −1 where a logit is NaN.</param>
    /// <param name="losses">[n], overwritten: −log softmax of the image's label; empty where they are not wanted.</param>
    /// <param name="progress">Told how many of the images are done, after every block.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <exception cref="ArgumentException">Sizes do not fit together.</exception>
    /// <exception cref="ShapeException">Losses are wanted and a label is not a class of the model.</exception>
    public void Run(
        ImageSet images, ReadOnlySpan<int> indices, Span<int> predictions, Span<float> losses, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        if (images.Shape.Values != Values)
            throw new ArgumentException($"images of {images.Shape} do not fit a model of {_model.ImageShape(Values)}", nameof(images));
        Check(indices.Length, predictions, losses);
        for (var first = 0; first < indices.Length; first += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            var block = indices.Slice(first, Math.Min(Block, indices.Length - first));
            for (var i = 0; i < block.Length; i++)
            {
                images.CopyImage(block[i], Pixels.Slice(i * Values, Values));
                _wanted[i] = images.Labels[block[i]];
            }

            Classify(block.Length, Part(predictions, first, block.Length), Part(losses, first, block.Length));
            progress?.Invoke(first + block.Length);
        }
    }

    /// <summary>Classifies images that lie in host memory.</summary>
    /// <param name="images">[n, channels, side, side] in [0, 1].</param>
    /// <param name="labels">[n]; may be empty where no losses are wanted.</param>
    /// <param name="predictions">[n], overwritten: the class with the largest logit, −1 where a logit is NaN.</param>
    /// <param name="losses">[n], overwritten: −log softmax of the image's label; empty where they are not wanted.</param>
    /// <param name="progress">Told how many of the images are done, after every block.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <exception cref="ArgumentException">Sizes do not fit together.</exception>
    /// <exception cref="ShapeException">Losses are wanted and a label is not a class of the model.</exception>
    public void Run(
        ReadOnlySpan<float> images, ReadOnlySpan<int> labels, Span<int> predictions, Span<float> losses, Action<int>? progress = null,
        CancellationToken cancellation = default)
    {
        var count = predictions.Length;
        if (images.Length != (long)count * Values)
            throw new ArgumentException($"{images.Length} values are not {count} images of {_model.ImageShape(Values)}", nameof(images));
        Check(count, predictions, losses);
        if (labels.Length != count && !(labels.IsEmpty && losses.IsEmpty))
            throw new ArgumentException($"{labels.Length} labels for {count} images", nameof(labels));
        for (var first = 0; first < count; first += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            var size = Math.Min(Block, count - first);
            images.Slice(first * Values, size * Values).CopyTo(Pixels);
            if (!labels.IsEmpty)
                labels.Slice(first, size).CopyTo(_wanted);
            Classify(size, Part(predictions, first, size), Part(losses, first, size));
            progress?.Invoke(first + size);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pools.Dispose();
        _images.Buffer.Dispose();
        _labels.Buffer.Dispose();
    }

    private Span<float> Pixels => _stagedImages ?? _images.AsSpan();

    private static Span<T> Part<T>(Span<T> all, int first, int count) => all.IsEmpty ? default : all.Slice(first, count);

    private static void Check(int count, Span<int> predictions, Span<float> losses)
    {
        if (predictions.Length != count || (losses.Length != count && !losses.IsEmpty))
            throw new ArgumentException($"room for {predictions.Length} predictions and {losses.Length} losses of {count} images", nameof(predictions));
    }

    private void Classify(int count, Span<int> predictions, Span<float> losses)
    {
        if (!_plans.TryGetValue(count, out _plan!))
            _plans[count] = _plan = new MicroBatchPlan(_model.Device.Cut, count, _model.Encoder.Patches + 1, parameters: 0);
        foreach (var lane in _lanes)
            lane.Reserve(_plan.MicroBatch * _model.Classes);
        if (_stagedImages is not null)
            _images.Slice(0, (long)count * Values).CopyFrom(_stagedImages.AsSpan(0, count * Values));
        _wantsLosses = !losses.IsEmpty;
        if (_wantsLosses)
            _labels.Slice(0, count).CopyFrom(_wanted.AsSpan(0, count));

        _model.Device.Run(_work, _plan.Count);
        _predictions.AsSpan(0, count).CopyTo(predictions);
        if (_wantsLosses)
            _losses.AsSpan(0, count).CopyTo(losses);
    }

    private void Classify(int microBatch, Lane lane)
    {
        var (start, size) = (_plan.Start(microBatch), _plan.SizeOf(microBatch));
        var images = _images.Slice((long)start * Values, (long)size * Values);
        lane.Graph.Begin();
        var logits = _model.Logits(lane.Graph, lane.Graph.Input(images, _model.ImageShape(images.Length))).Data;
        var rows = lane.Logits.AsSpan(0, size * _model.Classes);
        logits.CopyTo(rows);
        for (var i = 0; i < size; i++)
            _predictions[start + i] = Predictions.ArgMax(rows.Slice(i * _model.Classes, _model.Classes));
        if (_wantsLosses)
        {
            var losses = _pools.Rent(size);
            CrossEntropy.Forward(logits, _labels.Slice(start, size), size, _model.Classes, 0f, losses);
            losses.CopyTo(_losses.AsSpan(start, size));
            _pools.Return(losses);
        }

        lane.Graph.End();
    }

    /// <summary>What one lane uses again and again.</summary>
    private sealed class Lane(Graph graph)
    {
        public Graph Graph => graph;

        public float[] Logits { get; private set; } = [];

        public void Reserve(int logits)
        {
            if (Logits.Length < logits)
                Logits = new float[logits];
        }
    }

    private sealed class Work(Classification classification) : ITeamWork
    {
        public void Run(int task, int lane) => classification.Classify(task, classification._lanes[lane]);
    }
}
