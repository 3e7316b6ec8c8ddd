using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Data.Augmentation;

namespace Mimir.Runtime.Data;

/// <summary>Fills batches on a thread of its own, ahead of the one that uses them. Content and order depend on the arguments only, never on
/// timing. In steady state nothing is allocated. One thread asks for batches; the memory is freed with the batcher.</summary>
public sealed class Batcher : IDisposable
{
    private const int Slots = 3; // one in use and two ahead: a slow batch is caught up while the next one is used

    private readonly ImageSet _images;
    private readonly Augmenter _augmenter;
    private readonly BatchOrder _order;
    private readonly Batch[] _slots = new Batch[Slots];
    private readonly SemaphoreSlim _free = new(Slots);
    private readonly SemaphoreSlim _filled = new(0);
    private readonly Thread _producer;
    private int _next;
    private bool _holding;
    private long _waitedTicks;
    private volatile bool _stopping;
    private volatile bool _ended;
    private volatile int _lastSlot = -1; // the slot at which the producer ended
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    private Batcher(ImageSet images, AugmentationPlan plan, int batchSize, ulong seed, BatchOrder order, Device device)
    {
        _images = images;
        _augmenter = new Augmenter(images, plan, seed);
        _order = order;
        BatchSize = batchSize;
        for (var i = 0; i < Slots; i++)
            _slots[i] = new Batch(device, batchSize, _augmenter.Output);
        _producer = new Thread(Produce) { IsBackground = true, Name = "mimir batches" };
        _producer.Start();
    }

    /// <summary>Images of a full batch.</summary>
    public int BatchSize { get; }

    /// <summary>The size of the images in the batches.</summary>
    public ImageShape Shape => _augmenter.Output;

    /// <summary>Batches of one epoch.</summary>
    public int BatchesPerEpoch => _order.BatchesPerEpoch;

    /// <summary>How long the user of the batches has waited for them, the first one included.</summary>
    public TimeSpan Waited => TimeSpan.FromSeconds((double)_waitedTicks / Stopwatch.Frequency);

    /// <summary>Endless training batches, shuffled anew in every epoch, each full; the rest of an epoch that fills no batch is left out.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="plan">What is done to them.</param>
    /// <param name="batchSize">Images a batch, at most as many as there are.</param>
    /// <param name="seed">Decides order and augmentation.</param>
    /// <param name="device">Where the batches lie.</param>
    /// <param name="epoch">The epoch to start in, from 0.</param>
    /// <param name="batch">The batch of that epoch to start with, from 0 to the number of batches (which is the start of the next epoch): batches
    /// are the same as if all before had been taken.</param>
    /// <exception cref="ArgumentException">The batch is larger than the set.</exception>
    public static Batcher ForTraining(ImageSet images, AugmentationPlan plan, int batchSize, ulong seed, Device device, int epoch = 0, int batch = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        if (batchSize > images.Count)
            throw new ArgumentException($"--batch: {batchSize} is more than the {images.Count} training images of {images.Source}");
        if (batch < 0 || batch > images.Count / batchSize)
            throw new ArgumentOutOfRangeException(nameof(batch), $"batch {batch} of an epoch of {images.Count / batchSize}");
        return new Batcher(images, plan, batchSize, seed, new TrainingOrder(images.Count, batchSize, seed, epoch, batch), device);
    }

    /// <summary>Every image once, in order and unchanged; the last batch may be smaller.</summary>
    /// <param name="images">The images.</param>
    /// <param name="batchSize">Images a batch.</param>
    /// <param name="device">Where the batches lie.</param>
    public static Batcher ForEvaluation(ImageSet images, int batchSize, Device device)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var size = Math.Min(batchSize, images.Count);
        return new Batcher(images, AugmentationPlan.None, size, 0, new EvaluationOrder(images.Count, size), device);
    }

    /// <summary>The next batch; the one before is given back. What went wrong on the producing thread is thrown here.</summary>
    /// <exception cref="InvalidOperationException">There is no further batch.</exception>
    public Batch Next() => TryNext(out var batch) ? batch : throw new InvalidOperationException("there is no further batch");

    /// <summary>As <see cref="Next"/>, and false at the end of an evaluation.</summary>
    public bool TryNext([NotNullWhen(true)] out Batch? batch)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        batch = null;
        if (_holding)
        {
            _holding = false;
            _next = (_next + 1) % Slots;
            _free.Release();
        }

        if (!_filled.Wait(0))
        {
            var start = Stopwatch.GetTimestamp();
            _filled.Wait();
            _waitedTicks += Stopwatch.GetTimestamp() - start;
        }

        if (_ended && _lastSlot == _next)
        {
            _filled.Release(); // so that asking again answers the same
            _failure?.Throw();
            return false;
        }

        batch = _slots[_next];
        batch.Upload();
        _holding = true;
        return true;
    }

    /// <summary>Stops the thread and frees the batches.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _stopping = true;
        _free.Release();
        _producer.Join();
        foreach (var slot in _slots)
            slot.Free();
        _free.Dispose();
        _filled.Dispose();
    }

    private void Produce()
    {
        var slot = 0;
        try
        {
            for (; ; slot = (slot + 1) % Slots)
            {
                _free.Wait();
                if (_stopping || !_order.Next(_slots[slot]))
                    break;
                Fill(_slots[slot]);
                _filled.Release();
            }
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
        }

        _lastSlot = slot;
        _ended = true;
        _filled.Release();
    }

    private void Fill(Batch batch)
    {
        var indices = batch.Indices;
        var labels = batch.HostLabels;
        var pixels = batch.HostImages;
        var values = batch.Shape.Values;
        for (var i = 0; i < indices.Length && !_stopping; i++)
        {
            labels[i] = _images.Labels[indices[i]];
            _augmenter.Make(batch.Epoch, indices[i], pixels.Slice(i * values, values));
        }
    }
}
