using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Attacks;

/// <summary>FAB under way on one lane. A step is one iteration of every slot: the boundary at the point, the move, a look at the next point.</summary>
internal sealed class FabRun : AttackRun
{
    // Columns of the numbers that go to the device.
    private const int Target = 0; // the class on the other side of the boundary
    private const int Difference = 1; // its logit less the label's
    private const int Chosen = 2; // whether a row replaces another
    private const int Factor = 3; // of the offset from the image

    private static readonly AttackLoss s_difference = new(MarginForm.Difference);
    private static readonly AttackLoss s_margin = new(MarginForm.Margin);

    private readonly FabAttack _attack;
    private readonly bool _linf;
    private readonly int _targets;
    private readonly DeviceSpan<float> _points;
    private readonly DeviceSpan<float> _normals;
    private readonly DeviceSpan<float> _gradients; // of one class after another, where the nearest boundary is looked for
    private readonly DeviceSpan<float> _lengthsThere;
    private readonly float[] _lengths;
    private readonly SlotNumbers _numbers;
    private readonly int[] _ranking;
    private readonly State[] _states;
    private bool _targetsSent;

    public FabRun(FabAttack attack, Victim victim, int slots)
        : base(victim, slots)
    {
        (_attack, _linf) = (attack, attack.Norm == AttackNorm.Linf);
        _targets = Math.Min(attack.Targets, victim.Model.Classes - 1);
        _points = AddRows("points");
        _normals = AddRows("normals");
        if (_targets == 0)
            _gradients = AddRows("gradients");
        _lengthsThere = victim.Model.Device.Allocate<float>(slots, "lengths");
        _lengths = new float[slots];
        _numbers = new SlotNumbers(victim.Model.Device, slots, 1, 1, 1, 1);
        _ranking = new int[slots * _targets];
        _states = new State[slots];
    }

    /// <summary>Most of the points are too far away to count.</summary>
    protected override bool StaysInBall => false;

    protected override void Start(int slot)
    {
        _states[slot] = new State { Distance = float.PositiveInfinity };
        if (_targets > 0)
        {
            EvaluateNatural(slot);
            TargetRanking.Fill(LogitsOf(slot), LabelOf(slot), RankingOf(slot));
        }

        BeginRun(slot);
    }

    protected override void Step(int count)
    {
        if (_targets > 0)
            FindBoundary(count);
        else
            FindNearestBoundary(count);
        _numbers.Send();
        var (natural, points) = (RowsOf(Natural, count), RowsOf(_points, count));
        FabStep.Advance(
            _linf, RowsOf(_normals, count), _numbers.FloatThere(Difference, count), natural, count, Victim.Values, _attack.AlphaMax,
            _attack.Overshoot, points);

        Evaluate(s_margin, _points, count, default, default);
        Rows.Distances(_linf, points, natural, count, Victim.Values, _lengthsThere.Slice(0, count));
        _lengthsThere.Slice(0, count).CopyTo(_lengths.AsSpan(0, count));
        for (var slot = 0; slot < count; slot++)
            Judge(slot);
        _numbers.Send();
        Rows.Select(_numbers.WholeThere(Chosen, count), points, count, Victim.Values, RowsOf(Adversarial, count));
        Rows.Blend(natural, _numbers.FloatThere(Factor, count), count, Victim.Values, points);
        for (var slot = 0; slot < count; slot++)
        {
            if (_states[slot].Begins)
                BeginRun(slot);
        }
    }

    protected override void Move(int from, int to)
    {
        _states[to] = _states[from];
        RankingOf(from).CopyTo(RankingOf(to));
        Aim(to);
    }

    protected override void Dispose(bool disposing)
    {
        _numbers.Dispose();
        _lengthsThere.Buffer.Dispose();
        base.Dispose(disposing);
    }

    private Span<int> RankingOf(int slot) => _ranking.AsSpan(slot * _targets, _targets);

    private void FindBoundary(int count)
    {
        if (!_targetsSent)
            _numbers.Send();
        _targetsSent = true;
        Evaluate(s_difference, _points, count, _numbers.WholeThere(Target, Slots), _normals);
        for (var slot = 0; slot < count; slot++)
            _numbers.Float(Difference, slot)[0] = Losses[slot];
    }

    /// <summary>Of all wrong classes the one whose boundary is nearest where the model is taken for linear: the least |Δ| / ‖∇Δ‖, in the dual
    /// norm.</summary>
    private void FindNearestBoundary(int count)
    {
        for (var number = 0; number < Victim.Model.Classes - 1; number++)
        {
            for (var slot = 0; slot < count; slot++)
                _numbers.Whole(Target, slot)[0] = number < LabelOf(slot) ? number : number + 1;
            _numbers.Send();
            Evaluate(s_difference, _points, count, _numbers.WholeThere(Target, Slots), _gradients);
            MeasureGradients(count);
            _lengthsThere.Slice(0, count).CopyTo(_lengths.AsSpan(0, count));
            for (var slot = 0; slot < count; slot++)
            {
                ref var state = ref _states[slot];
                var distance = Math.Abs(Losses[slot]) / (1e-12f + _lengths[slot]);
                var nearer = number == 0 || distance < state.Boundary;
                _numbers.Whole(Chosen, slot)[0] = nearer ? 1 : 0;
                if (nearer)
                    (state.Boundary, _numbers.Float(Difference, slot)[0]) = (distance, Losses[slot]);
            }

            _numbers.Send();
            Rows.Select(_numbers.WholeThere(Chosen, count), RowsOf(_gradients, count), count, Victim.Values, RowsOf(_normals, count));
        }
    }

    /// <summary>Lengths of the gradients in the dual norm: L1 for L∞, L2 for L2.</summary>
    private void MeasureGradients(int count)
    {
        if (_linf)
            Rows.L1Norms(RowsOf(_gradients, count), count, Victim.Values, _lengthsThere.Slice(0, count));
        else
            Rows.Distances(false, RowsOf(_gradients, count), default, count, Victim.Values, _lengthsThere.Slice(0, count));
    }

    private void Judge(int slot)
    {
        ref var state = ref _states[slot];
        var wrong = IsFooled(slot);
        var nearest = wrong && _lengths[slot] < state.Distance;
        if (nearest)
            state.Distance = _lengths[slot];
        var kept = nearest && state.Distance <= _attack.Epsilon;
        if (kept)
        {
            state.Fooled = true;
            NoteSuccess(slot);
        }

        _numbers.Whole(Chosen, slot)[0] = kept ? 1 : 0;
        _numbers.Float(Factor, slot)[0] = wrong ? _attack.PullBack : 1f;

        var ends = ++state.Iteration == _attack.Iterations;
        var enough = state.Fooled && !_attack.Exhaustive && (ends || !_attack.Reference);
        if (enough || (ends && !HasNext(ref state)))
            Finish(slot, state.Fooled, state.Distance);
    }

    /// <summary>Goes to the next run, of this target or the next.</summary>
    private bool HasNext(ref State state)
    {
        state.Iteration = 0;
        if (++state.Attempt == _attack.Restarts)
            (state.Rank, state.Attempt) = (state.Rank + 1, 0);
        return state.Begins = state.Rank < Math.Max(1, _targets);
    }

    /// <summary>Puts the point of a new run at the image, or that of a later one at half a radius from it in a random direction.</summary>
    private void BeginRun(int slot)
    {
        ref var state = ref _states[slot];
        state.Begins = false;
        Aim(slot);
        var (natural, point) = (RowOf(Natural, slot), RowOf(_points, slot));
        if (state.Attempt == 0)
        {
            Elementwise.Copy(natural, point);
            return;
        }

        var stream = RandomStreams.Of(RandomPurpose.AttackStart, ((long)state.Rank << 32) | (uint)state.Attempt);
        var offset = (ulong)ImageOf(slot) * (ulong)point.Length;
        if (_linf)
        {
            Philox.Uniform(_attack.Seed, stream, offset, -1f, 1f, point);
            ApgdStep.Start(natural, point, 1, Victim.Values, _attack.StartRadius, point);
        }
        else
        {
            var wholeRadius = _lengthsThere.Slice(0, 1);
            Philox.Normal(_attack.Seed, stream, offset, 0f, 1f, point);
            Elementwise.Fill(1f, wholeRadius);
            L2Step.Start(natural, point, wholeRadius, 1, Victim.Values, _attack.StartRadius, point);
        }
    }

    private void Aim(int slot)
    {
        if (_targets == 0)
            return;
        _numbers.Whole(Target, slot)[0] = RankingOf(slot)[_states[slot].Rank];
        _targetsSent = false;
    }

    private struct State
    {
        public int Rank;
        public int Attempt;
        public int Iteration;
        public bool Begins;
        public bool Fooled;
        public float Distance;
        public float Boundary;
    }
}
