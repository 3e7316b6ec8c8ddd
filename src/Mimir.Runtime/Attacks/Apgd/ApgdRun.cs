using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Attacks;

/// <summary>Auto-PGD under way: every slot is at an iteration of a run of its own, a run being one start (towards one target).</summary>
internal class ApgdRun : AttackRun
{
    private readonly ApgdAttack _attack;
    private readonly AttackLoss _loss;
    private readonly ApgdCheckpoints _checkpoints;
    private readonly int _targetsAnImage; // 0: the loss has none
    private readonly DeviceSpan<float> _previous;
    private readonly DeviceSpan<float> _gradient;
    private readonly DeviceSpan<float> _best;
    private readonly DeviceSpan<float> _bestGradient;
    private readonly DeviceSpan<float> _sums; // of gradients, where several passes are averaged
    private readonly DeviceSpan<float> _norms; // of the gradients at starts
    private readonly DeviceSpan<float> _radius; // of starts in L2, in units of ε: 1
    private readonly SlotNumbers _numbers;
    private readonly float[] _largest;
    private readonly State[] _states;
    private readonly int[] _targets; // [slots, targets of an image], the first run's first

    /// <summary>Prepares empty slots.</summary>
    /// <param name="attack">Its settings.</param>
    /// <param name="victim">The lane's view of the model.</param>
    /// <param name="slots">How many.</param>
    public ApgdRun(ApgdAttack attack, Victim victim, int slots)
        : base(victim, slots)
    {
        var (device, classes) = (victim.Model.Device, victim.Model.Classes);
        (_attack, _loss, _checkpoints) = (attack, attack.Loss.For(classes), new ApgdCheckpoints(attack.Iterations));
        _targetsAnImage = _loss.IsTargeted ? Math.Min(attack.Targets, classes - 1) : 0;
        (Points, _previous, _gradient) = (AddRows("iterates"), AddRows("iterates before"), AddRows("gradients"));
        (_best, _bestGradient) = (AddRows("best iterates"), AddRows("gradients at the best iterates"));
        _norms = AddRows("largest gradients", 1);
        if (attack.Eot > 1)
            _sums = AddRows("sums of gradients");
        if (attack.Norm == AttackNorm.L2)
        {
            _radius = AddRows("radii of starts", 1);
            Elementwise.Fill(1, _radius);
        }

        _numbers = new SlotNumbers(device, slots, [.. Enumerable.Repeat(1, Enum.GetValues<Column>().Length)]);
        (_largest, _states, _targets) = (new float[slots], new State[slots], new int[slots * _targetsAnImage]);
    }

    // The columns of numbers, one a slot.
    private enum Column
    {
        Target,
        Step,
        Share,
        Fooled, // this and the next are 1 where a row is taken
        Improved,
        Returned,
        Restored,
    }

    /// <summary>[slots, values], the iterates.</summary>
    protected DeviceSpan<float> Points { get; }

    protected override void Start(int slot)
    {
        _states[slot] = new State { BestReturned = float.NegativeInfinity };
        if (_targetsAnImage > 0)
        {
            EvaluateNatural(slot);
            TargetRanking.Fill(LogitsOf(slot), LabelOf(slot), TargetsOf(slot));
            if (IsFooled(slot))
            {
                NoteSuccess(slot);
                Finish(slot, true);
            }
        }

        Begin(slot);
    }

    protected override void Step(int count)
    {
        for (var slot = 0; slot < count; slot++)
            Set(Column.Target, slot, _targetsAnImage > 0 ? TargetsOf(slot)[_states[slot].Run / _attack.Restarts] : 0);
        if (_targetsAnImage > 0)
            _numbers.Send();
        var steps = EvaluatePoints(count);
        if (steps)
            LookForZeroGradients(count);
        for (var slot = 0; slot < count; slot++)
            Judge(slot);
        _numbers.Send();
        Take(Column.Fooled, Points, Adversarial, count);
        Take(Column.Improved, Points, _best, count);
        Take(Column.Returned, _best, Adversarial, count);
        if (steps)
        {
            Take(Column.Improved, _gradient, _bestGradient, count);
            Take(Column.Restored, _best, Points, count);
            Take(Column.Restored, _bestGradient, _gradient, count);
            Ascend(count);
        }

        for (var slot = 0; slot < count; slot++)
        {
            if (_states[slot].Begins)
                Begin(slot);
        }
    }

    protected override bool WantsGradient(int slot) => !IsDone(slot) && _states[slot].Evaluations < _attack.Iterations;

    protected override void Move(int from, int to)
    {
        _states[to] = _states[from];
        TargetsOf(from).CopyTo(TargetsOf(to));
    }

    protected override void Dispose(bool disposing)
    {
        _numbers.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Puts a run's start into a slot's iterate.</summary>
    /// <param name="slot">Which slot.</param>
    /// <param name="run">The run's number: restarts of the first target, of the second, and so on, from 0.</param>
    protected virtual void Place(int slot, int run)
    {
        var (natural, point) = (RowOf(Natural, slot), RowOf(Points, slot));
        var (stream, first) = (RandomStreams.Of(RandomPurpose.AttackStart, run), (ulong)ImageOf(slot) * (ulong)point.Length);
        if (_attack.Norm == AttackNorm.Linf)
        {
            Philox.Uniform(_attack.Seed, stream, first, -1, 1, point);
            ApgdStep.Start(natural, point, 1, Victim.Values, _attack.Epsilon, point);
        }
        else
        {
            Philox.Normal(_attack.Seed, stream, first, 0, 1, point);
            L2Step.Start(natural, point, RowOf(_radius, slot), 1, Victim.Values, _attack.Epsilon, point);
        }
    }

    private void Begin(int slot)
    {
        ref var state = ref _states[slot];
        (state.Evaluations, state.Begins, state.Fooled, state.BestFooled) = (0, false, false, false);
        Place(slot, state.Run);
        Elementwise.Copy(RowOf(Points, slot), RowOf(_previous, slot));
    }

    // Loss and prediction are those of the last pass, the gradient is the mean of all.
    private bool EvaluatePoints(int count)
    {
        var targets = _targetsAnImage > 0 ? There(Column.Target, count) : default;
        var steps = Evaluate(_loss, Points, count, targets, _gradient);
        if (_attack.Eot == 1)
            return steps;
        if (steps)
            Elementwise.Copy(RowsOf(_gradient, count), RowsOf(_sums, count));
        for (var pass = 1; pass < _attack.Eot; pass++)
        {
            Evaluate(_loss, Points, count, targets, _gradient);
            if (steps)
                Elementwise.Add(RowsOf(_gradient, count), RowsOf(_sums, count), RowsOf(_sums, count));
        }

        if (steps)
            Elementwise.Scale(RowsOf(_sums, count), 1f / _attack.Eot, RowsOf(_gradient, count));
        return steps;
    }

    private void LookForZeroGradients(int count)
    {
        var starts = false;
        for (var slot = 0; slot < count; slot++)
            starts |= _states[slot].Evaluations == 0;
        if (!starts)
            return;
        Rows.Distances(linf: true, RowsOf(_gradient, count), default, count, Victim.Values, RowsOf(_norms, count));
        RowsOf(_norms, count).CopyTo(_largest.AsSpan(0, count));
        for (var slot = 0; slot < count; slot++)
        {
            if (_states[slot].Evaluations == 0 && _largest[slot] == 0)
                NoteZeroGradient(slot);
        }
    }

    private void Judge(int slot)
    {
        ref var state = ref _states[slot];
        var (loss, fooled, first) = (Losses[slot], IsFooled(slot), state.Evaluations == 0);
        var improved = first || loss > state.Best;
        if (improved)
            (state.Best, state.BestFooled) = (loss, fooled);
        state.Fooled |= fooled;
        var restored = false;
        if (first)
            state.Size = new ApgdStepSize(_checkpoints, _attack.Rho, 2 * _attack.Epsilon, loss);
        else
            restored = state.Size.Observe(loss, state.Best);

        var done = state.Evaluations == _attack.Iterations || (fooled && !_attack.Reference && !_attack.BestLoss);
        var returned = done && _attack.BestLoss && state.Best > state.BestReturned;
        if (returned)
            (state.BestReturned, state.ReturnedFooled) = (state.Best, state.BestFooled);
        Set(Column.Fooled, slot, fooled && !_attack.BestLoss && !IsDone(slot) ? 1 : 0);
        Set(Column.Improved, slot, improved ? 1 : 0);
        Set(Column.Returned, slot, returned ? 1 : 0);
        Set(Column.Restored, slot, restored ? 1 : 0);
        Set(Column.Step, slot, BitConverter.SingleToInt32Bits(state.Size.Length));
        Set(Column.Share, slot, BitConverter.SingleToInt32Bits(first ? 1f : 0.75f));
        state.Evaluations++;
        if (done && !IsDone(slot))
            EndRun(slot, ref state);
    }

    private void EndRun(int slot, ref State state)
    {
        state.Run++;
        if (state.Run == Math.Max(_targetsAnImage, 1) * _attack.Restarts || (state.Fooled && !_attack.BestLoss))
            Finish(slot, _attack.BestLoss ? state.ReturnedFooled : state.Fooled);
        else
            state.Begins = true;
    }

    private void Take(Column column, DeviceSpan<float> source, DeviceSpan<float> destination, int count)
    {
        for (var slot = 0; slot < count; slot++)
        {
            if (_numbers.Whole((int)column, slot)[0] == 0)
                continue;
            Rows.Select(There(column, count), RowsOf(source, count), count, Victim.Values, RowsOf(destination, count));
            return;
        }
    }

    private void Ascend(int count)
    {
        var (gradient, natural) = (RowsOf(_gradient, count), RowsOf(Natural, count));
        var (previous, points, epsilon) = (RowsOf(_previous, count), RowsOf(Points, count), _attack.Epsilon);
        var (lengths, shares) = (There(Column.Step, count).Cast<float>(), There(Column.Share, count).Cast<float>());
        if (_attack.Norm == AttackNorm.Linf)
            ApgdStep.Linf(gradient, natural, lengths, shares, count, Victim.Values, epsilon, previous, points);
        else
            ApgdStep.L2(gradient, natural, lengths, shares, count, Victim.Values, epsilon, previous, points);
    }

    private void Set(Column column, int slot, int value) => _numbers.Whole((int)column, slot)[0] = value;

    private DeviceSpan<int> There(Column column, int count) => _numbers.WholeThere((int)column, count);

    private Span<int> TargetsOf(int slot) => _targets.AsSpan(slot * _targetsAnImage, _targetsAnImage);

    private struct State
    {
        public int Run;
        public int Evaluations; // of this run
        public bool Begins; // the next run does
        public bool Fooled; // at some iterate of this run
        public float Best; // the largest loss of this run
        public bool BestFooled;
        public float BestReturned; // that of the point which is returned, where the best is asked for
        public bool ReturnedFooled;
        public ApgdStepSize Size;
    }
}
