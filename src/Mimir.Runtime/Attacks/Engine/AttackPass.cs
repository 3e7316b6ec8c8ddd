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
    }

    /// <summary>Attacks images of a set.</summary>
    /// <param name="attack">How.</param>
    /// <param name="images">The set; it must be of the model's size and classes.</param>
    /// <param name="chosen">Numbers of the images.</param>
    /// <param name="sink">Takes the results.</param>
    /// <param name="cancellation">Stops after the current step; what the sink has seen stays.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(IAttack attack, ImageSet images, ReadOnlyMemory<int> chosen, IAttackSink sink, CancellationToken cancellation)
    {
        var slots = attack.Group > 1
            ? attack.Group
            : Math.Max(1, Math.Min(Victim.SlotsOf(_model), (_batch + _victims.Length - 1) / _victims.Length));
        var work = new Work(this, attack, images, chosen, slots, sink, cancellation);
        _model.Device.Run(work, _victims.Length);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose() => _pools.Dispose();

    private sealed class Work(
        AttackPass pass, IAttack attack, ImageSet images, ReadOnlyMemory<int> chosen, int slots, IAttackSink sink,
        CancellationToken cancellation) : ITeamWork
    {
        private readonly Lock _gate = new();
        private int _next;
        private bool _failed;

        public void Run(int task, int lane)
        {
            try
            {
                using var run = attack.Begin(pass._victims[lane], slots);
                Run(run);
            }
            catch
            {
                Volatile.Write(ref _failed, true); // so that the other lanes do not go on for hours
                throw;
            }
        }

        private void Run(AttackRun run)
        {
            var pixels = new float[images.Shape.Values];
            var occupied = 0;
            while (true)
            {
                if (occupied == 0 || attack.Group == 1)
                    occupied = Refill(run, occupied, pixels);
                if (occupied == 0 || cancellation.IsCancellationRequested || Volatile.Read(ref _failed))
                    return;
                run.Advance(occupied);
                occupied = Collect(run, occupied, pixels);
            }
        }

        private int Refill(AttackRun run, int occupied, Span<float> pixels)
        {
            var wanted = slots - occupied;
            if (wanted == 0)
                return occupied;
            ReadOnlySpan<int> taken;
            lock (_gate)
            {
                taken = chosen.Span.Slice(_next, Math.Min(wanted, chosen.Length - _next));
                _next += taken.Length;
            }

            for (var i = 0; i < taken.Length; i++)
            {
                images.CopyImage(taken[i], pixels);
                run.Load(occupied + i, taken[i], images.Labels[taken[i]], pixels);
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
                    sink.Done(image, result, pixels);
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
