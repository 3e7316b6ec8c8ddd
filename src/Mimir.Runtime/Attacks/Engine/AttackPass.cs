using Mimir.Kernels.Simd;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Attacks;

/// <summary>Runs attacks over images: lanes take the next image whenever a slot is free, so the model always sees full batches however
/// early an image is fooled. An image's result does not depend on which others are beside it, so it does not depend on threads.</summary>
public sealed class AttackPass : IDisposable
{
    private readonly VisionTransformer _model;
    private readonly LanePools _pools;
    private readonly Victim[] _victims;
    private readonly int _batch;
    private readonly Work _work;

    /// <summary>Prepares passes.</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="batch">Most images at a time on the whole device; the device may want fewer.</param>
    public AttackPass(VisionTransformer model, int batch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        (_model, _batch) = (model, batch);
        _pools = new LanePools(model.Device, model.Device.Lanes);
        _victims = new Victim[model.Device.Lanes];
        for (var i = 0; i < _victims.Length; i++)
            _victims[i] = new Victim(model, _pools);
        _work = new Work(this);
    }

    /// <summary>Attacks images of a set. Lanes keep their slots as long as the same object attacks, which spares a second pass all
    /// allocation.</summary>
    /// <param name="attack">How.</param>
    /// <param name="images">The set; it must be of the model's size and classes.</param>
    /// <param name="chosen">Numbers of the images.</param>
    /// <param name="sink">Takes the results.</param>
    /// <param name="cancellation">Stops after the current step; what the sink has seen stays.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(IAttack attack, ImageSet images, ReadOnlyMemory<int> chosen, IAttackSink sink, CancellationToken cancellation)
    {
        _work.Prepare(attack, images, chosen, sink, cancellation);
        _model.Device.Run(_work, _victims.Length);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.Dispose();
        _pools.Dispose();
    }

    private int SlotsOf(IAttack attack) => attack.Group > 1
        ? attack.Group
        : Math.Max(1, Math.Min(Victim.SlotsOf(_model), (_batch + _victims.Length - 1) / _victims.Length));

    private sealed class Work : ITeamWork, IDisposable
    {
        private readonly Lock _gate = new();
        private readonly AttackPass _pass;
        private readonly AttackRun?[] _runs;
        private readonly float[][] _pixels;
        private IAttack? _attack;
        private ImageSet _images = null!;
        private ReadOnlyMemory<int> _chosen;
        private IAttackSink _sink = null!;
        private CancellationToken _cancellation;
        private int _next;
        private bool _failed;

        public Work(AttackPass pass)
        {
            _pass = pass;
            _runs = new AttackRun?[pass._victims.Length];
            _pixels = Array.ConvertAll(pass._victims, victim => new float[victim.Values]);
        }

        public void Prepare(IAttack attack, ImageSet images, ReadOnlyMemory<int> chosen, IAttackSink sink, CancellationToken cancellation)
        {
            if (!ReferenceEquals(attack, _attack))
                Dispose();
            (_attack, _images, _chosen, _sink, _cancellation) = (attack, images, chosen, sink, cancellation);
            (_next, _failed) = (0, false);
        }

        public void Dispose()
        {
            foreach (var run in _runs)
                run?.Dispose();
            Array.Clear(_runs);
        }

        public void Run(int task, int lane)
        {
            try
            {
                Run(_runs[lane] ??= _attack!.Begin(_pass._victims[lane], _pass.SlotsOf(_attack)), _pixels[lane]);
            }
            catch
            {
                Volatile.Write(ref _failed, true); // so that the other lanes do not go on for hours
                throw;
            }
        }

        private void Run(AttackRun run, float[] pixels)
        {
            var occupied = 0;
            while (true)
            {
                if (occupied == 0 || (occupied < run.Slots && _attack!.Group == 1))
                    occupied = Refill(run, occupied, pixels);
                if (occupied == 0 || _cancellation.IsCancellationRequested || Volatile.Read(ref _failed))
                    return;
                run.Advance(occupied);
                lock (_gate)
                    _sink.Evaluated(occupied);
                occupied = Collect(run, occupied, pixels);
            }
        }

        private int Refill(AttackRun run, int occupied, Span<float> pixels)
        {
            ReadOnlySpan<int> taken;
            lock (_gate)
            {
                taken = _chosen.Span.Slice(_next, Math.Min(run.Slots - occupied, _chosen.Length - _next));
                _next += taken.Length;
            }

            for (var i = 0; i < taken.Length; i++)
            {
                _images.CopyImage(taken[i], pixels);
                run.Load(occupied + i, taken[i], _images.Labels[taken[i]], pixels);
            }

            if (taken.Length > 0)
                run.Begin(occupied, taken.Length);
            return occupied + taken.Length;
        }

        // From the last slot down: what moves into a gap has been looked at.
        private int Collect(AttackRun run, int occupied, Span<float> pixels)
        {
            var before = occupied;
            for (var slot = before - 1; slot >= 0; slot--)
            {
                if (!run.IsDone(slot))
                    continue;
                var (image, result) = run.Take(slot, pixels);
                lock (_gate)
                    _sink.Done(image, result, pixels);
                occupied--;
                if (slot < occupied)
                    run.MoveTo(occupied, slot);
            }

            if (occupied < before)
                run.Settle();
            return occupied;
        }
    }
}
