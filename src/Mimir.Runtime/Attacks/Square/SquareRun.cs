using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Attacks;

/// <summary>The square attack under way on one lane. What the attack returns is the best image so far; a step judges every slot's candidate and
/// makes the next from it.</summary>
internal sealed class SquareRun : AttackRun
{
    // Columns of the numbers that go to the device.
    private const int Taken = 0; // whether a candidate becomes the best image
    private const int Windows = 1; // side, row, column; in the L2 ball side, row, column, row and column of the second, turned
    private const int Signs = 2; // a channel's colour

    private static readonly AttackLoss s_loss = new(MarginForm.Margin); // the margin's negative

    private readonly SquareAttack _attack;
    private readonly SquareSchedule _schedule;
    private readonly int _channels;
    private readonly int _side;
    private readonly DeviceSpan<float> _candidates;
    private readonly SlotNumbers _numbers;
    private readonly SlotNumbers _start;
    private readonly State[] _states;

    public SquareRun(SquareAttack attack, Victim victim, int slots)
        : base(victim, slots)
    {
        _attack = attack;
        _schedule = new SquareSchedule(attack.Share, attack.Queries, attack.Rescaled);
        (_channels, _side) = (victim.Model.Encoder.Channels, victim.Model.Encoder.Image);
        _candidates = AddRows("candidates");
        var device = victim.Model.Device;
        _numbers = new SlotNumbers(device, slots, 1, IsLinf ? 3 : 6, _channels);
        var tiles = IsLinf ? 0 : SquareStep.TilesOf(_side, _side);
        _start = IsLinf ? new SlotNumbers(device, 1, 0, _channels * _side) : new SlotNumbers(device, 1, tiles, _channels * tiles);
        _states = new State[slots];
        for (var slot = 0; slot < slots; slot++)
            _numbers.Whole(Windows, slot)[0] = _schedule.SideAt(attack.Norm, _side, 0); // slots that begin anew have no window yet
    }

    private bool IsLinf => _attack.Norm == AttackNorm.Linf;

    protected override void Start(int slot)
    {
        _states[slot] = default;
        StartAgain(slot);
    }

    protected override void Step(int count)
    {
        Evaluate(s_loss, _candidates, count, default, default);
        for (var slot = 0; slot < count; slot++)
            Judge(slot);
        _numbers.Send();
        Rows.Select(_numbers.WholeThere(Taken, count), RowsOf(_candidates, count), count, Victim.Values, RowsOf(Adversarial, count));
        Change(count);
        for (var slot = 0; slot < count; slot++)
        {
            if (_states[slot].Restarts)
                StartAgain(slot);
        }
    }

    protected override bool WantsGradient(int slot) => false;

    protected override void Move(int from, int to) => _states[to] = _states[from];

    protected override void Dispose(bool disposing)
    {
        _numbers.Dispose();
        _start.Dispose();
        base.Dispose(disposing);
    }

    private void Judge(int slot)
    {
        ref var state = ref _states[slot];
        var fooled = IsFooled(slot);
        var done = fooled || Losses[slot] >= 0; // a tie ends a run, too
        var taken = done || state.Query == 0 || Losses[slot] > state.BestLoss;
        _numbers.Whole(Taken, slot)[0] = taken ? 1 : 0;
        if (taken)
            state.BestLoss = Losses[slot];
        if (!done && state.Query < _attack.Queries)
        {
            Draw(slot, ref state);
            return;
        }

        state.Attempt++;
        state.Restarts = !fooled && state.Attempt < _attack.Restarts;
        if (!state.Restarts)
            Finish(slot, fooled);
    }

    /// <summary>Draws the next query's window.</summary>
    private void Draw(int slot, ref State state)
    {
        var side = _schedule.SideAt(_attack.Norm, _side, state.Query++);
        var window = _numbers.Whole(Windows, slot);
        var signs = _numbers.Float(Signs, slot);
        window[0] = side;
        for (var i = 1; i < (IsLinf ? 3 : 5); i++)
            window[i] = state.Draws.Place(_side, side);
        if (IsLinf)
        {
            state.Draws.SharedSigns(signs);
            return;
        }

        window[5] = state.Draws.Coin();
        state.Draws.OwnSigns(signs);
    }

    private void Change(int count)
    {
        var (natural, best, candidates) = (RowsOf(Natural, count), RowsOf(Adversarial, count), RowsOf(_candidates, count));
        var (windows, signs) = (_numbers.WholeThere(Windows, count), _numbers.FloatThere(Signs, count));
        if (IsLinf)
            SquareStep.Linf(natural, best, windows, signs, count, _channels, _side, _side, _attack.Epsilon, candidates);
        else
            SquareStep.L2(natural, best, windows, signs, count, _channels, _side, _side, _attack.Epsilon, candidates);
    }

    /// <summary>Begins a run: stripes, or tiles of bumps in the L2 ball.</summary>
    private void StartAgain(int slot)
    {
        ref var state = ref _states[slot];
        state.Draws = new SquareDraws(_attack.Seed, state.Attempt, ImageOf(slot), _attack.Reference);
        (state.Query, state.Restarts) = (0, false);
        foreach (ref var turned in _start.Whole(0, 0))
            turned = state.Draws.Coin();
        state.Draws.OwnSigns(_start.Float(1, 0));
        _start.Send();
        var (natural, candidate, signs) = (RowOf(Natural, slot), RowOf(_candidates, slot), _start.FloatThere(1, 1));
        if (IsLinf)
            SquareStep.Stripes(natural, signs, 1, _channels, _side, _side, _attack.Epsilon, candidate);
        else
            SquareStep.Tiles(natural, signs, _start.WholeThere(0, 1), 1, _channels, _side, _side, _attack.Epsilon, candidate);
    }

    private struct State
    {
        public SquareDraws Draws;
        public int Query; // of the next window to draw
        public int Attempt;
        public bool Restarts;
        public float BestLoss;
    }
}
