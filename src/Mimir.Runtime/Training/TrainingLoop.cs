using System.Diagnostics;
using Mimir.Kernels;
using Mimir.Runtime.Data;

namespace Mimir.Runtime.Training;

/// <summary>Settings of a <see cref="TrainingLoop"/>.</summary>
/// <param name="Epochs">Passes over the images.</param>
/// <param name="Accumulate">Batches a step of the optimiser.</param>
/// <param name="ClipNorm">Largest gradient norm; 0 does not clip.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Replays">How often the training step runs on every batch, with a step of the optimiser each time where
/// <paramref name="Accumulate"/> is 1; more than 1 needs that.</param>
public sealed record LoopSettings(int Epochs, int Accumulate, double ClipNorm, ulong Seed, int Replays = 1);

/// <summary>Repeats a training step over epochs and batches: rate, gradients, optimiser, metrics. Its position can be saved after any
/// batch, and a run that starts from there goes on with the same bits.</summary>
public sealed class TrainingLoop
{
    private readonly ITrainingStep _step;
    private readonly AdamWOptimizer _optimizer;
    private readonly CosineSchedule _schedule;
    private readonly LoopSettings _settings;
    private readonly double[] _sums;
    private readonly long[] _counts;
    private double _secondsBefore;
    private int _epoch;
    private int _batch;
    private long _number;
    private bool _ended;

    /// <summary>Prepares a run from its start.</summary>
    public TrainingLoop(ITrainingStep step, AdamWOptimizer optimizer, CosineSchedule schedule, LoopSettings settings)
    {
        (_step, _optimizer, _schedule, _settings) = (step, optimizer, schedule, settings);
        _sums = new double[step.MetricNames.Count];
        _counts = new long[step.MetricNames.Count];
        Seconds = 0;
    }

    /// <summary>Seconds of training so far, those before an interruption included.</summary>
    public double Seconds { get; private set; }

    /// <summary>How far the run is; set it to go on from a checkpoint. Only positions after a whole optimiser step are saved or taken.</summary>
    public TrainingPosition Position
    {
        get => new()
        {
            Epoch = _epoch,
            Batch = _batch,
            Step = _number,
            OptimiserSteps = _optimizer.StepsTaken,
            MetricSums = [.. _sums],
            MetricCounts = [.. _counts],
            StepState = _step.State,
            Seconds = Seconds,
        };
        set
        {
            (_epoch, _batch, _number, _optimizer.StepsTaken) = (value.Epoch, value.Batch, value.Step, value.OptimiserSteps);
            value.MetricSums.CopyTo(_sums, 0);
            value.MetricCounts.CopyTo(_counts, 0);
            _step.State = value.StepState;
            Seconds = _secondsBefore = value.Seconds;
        }
    }

    /// <summary>Makes the epoch that is being reported the last one; for observers.</summary>
    public void End() => _ended = true;

    /// <summary>Trains to the end.</summary>
    /// <param name="batches">Batches in the run's order, starting at <see cref="Position"/>.</param>
    /// <param name="observer">Told of every batch and epoch; the checkpoint is written from its epoch call.</param>
    /// <param name="cancellation">Stops after the current optimiser step.</param>
    /// <exception cref="OperationCanceledException">It was stopped; <see cref="Position"/> says where.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not finite. The observer hears nothing of that batch, so no
    /// checkpoint holds what it left.</exception>
    public void Run(Batcher batches, ITrainingObserver observer, CancellationToken cancellation)
    {
        var perEpoch = batches.BatchesPerEpoch / _settings.Accumulate * _settings.Accumulate;
        Span<double> metrics = stackalloc double[_sums.Length];
        var clock = Stopwatch.StartNew();
        var imagesHere = 0L;
        while (_epoch < _settings.Epochs && !_ended)
        {
            var epochStart = clock.Elapsed.TotalSeconds;
            var epochImages = 0L;
            var rate = 0.0;
            while (_batch < perEpoch)
            {
                if (_batch % _settings.Accumulate == 0)
                    cancellation.ThrowIfCancellationRequested();
                var batch = batches.Next();
                for (var replay = 0; replay < _settings.Replays; replay++)
                {
                    if (_batch % _settings.Accumulate == 0)
                        rate = _schedule.At(_epoch + (_batch + (double)replay / _settings.Replays) / perEpoch);
                    _step.Run(batch, _settings.Seed, _number, metrics);
                    RequireFinite(metrics[0]);
                    AddUp(metrics);
                    _number++;
                    if ((_batch + 1) % _settings.Accumulate == 0)
                        Update(rate);
                }

                _batch++;
                imagesHere += batch.Count;
                epochImages += batch.Count;
                Seconds = _secondsBefore + clock.Elapsed.TotalSeconds;
                observer.OnStep(Progress(metrics[0], perEpoch, imagesHere / clock.Elapsed.TotalSeconds, batch.Count));
            }

            for (var left = perEpoch; left < batches.BatchesPerEpoch; left++)
                batches.Next(); // too few for another step of the optimiser
            var report = Report(rate, epochImages / (clock.Elapsed.TotalSeconds - epochStart));
            _epoch++;
            _batch = 0;
            Array.Clear(_sums);
            Array.Clear(_counts);
            observer.OnEpoch(report);
        }
    }

    private StepProgress Progress(double loss, int perEpoch, double speed, int batchSize)
    {
        var left = ((long)(_settings.Epochs - _epoch) * perEpoch - _batch) * batchSize;
        return new StepProgress(
            _epoch + (double)_batch / perEpoch, _settings.Epochs, loss, speed, TimeSpan.FromSeconds(left / Math.Max(speed, 1e-9)));
    }

    private void Update(double rate)
    {
        var scale = 1.0 / _settings.Accumulate;
        var norm = Math.Sqrt(Reduce.SumOfSquares(_step.Gradients.All)) * scale;
        if (!double.IsFinite(norm))
            throw Diverged("gradient");
        if (_settings.ClipNorm > 0 && norm > _settings.ClipNorm)
            scale *= _settings.ClipNorm / (norm + 1e-6); // as torch.nn.utils.clip_grad_norm_
        if (!_optimizer.Step(_step.Gradients, rate, scale))
            throw Diverged("gradient");
        _step.Model.Refresh();
    }

    private void RequireFinite(double loss)
    {
        if (!double.IsFinite(loss))
            throw Diverged("loss");
    }

    private TrainingDivergedException Diverged(string what) => new(
        $"the {what} of batch {_batch + 1} in epoch {_epoch + 1} is not a finite number; lower --base-rate or set --clip-norm, and look at the data");

    private void AddUp(ReadOnlySpan<double> metrics)
    {
        for (var i = 0; i < metrics.Length; i++)
        {
            if (double.IsNaN(metrics[i]))
                continue;
            _sums[i] += metrics[i];
            _counts[i]++;
        }
    }

    private EpochReport Report(double rate, double speed)
    {
        var means = new Dictionary<string, double>();
        for (var i = 0; i < _sums.Length; i++)
        {
            if (_counts[i] > 0)
                means[_step.MetricNames[i]] = _sums[i] / _counts[i];
        }

        return new EpochReport(_epoch + 1, _settings.Epochs, _number, rate, means, Seconds, speed);
    }
}
