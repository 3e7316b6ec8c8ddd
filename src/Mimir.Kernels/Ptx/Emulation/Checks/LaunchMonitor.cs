using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The checks and counts that a launch asks for, over one worker's blocks. They share what is looked up once an access: its shape and its
/// allocation.</summary>
internal sealed unsafe class LaunchMonitor : BlockMonitor, IDisposable
{
    private readonly InitialisationCheck? _initialisation;
    private readonly RaceCheck? _races;
    private readonly LaunchCounts? _counts;
    private readonly AllocationViews _views;

    /// <summary>The monitor of one worker.</summary>
    /// <param name="context">The launch.</param>
    public LaunchMonitor(LaunchContext context)
    {
        var options = context.Options;
        Log = new DiagnosticLog(context);
        if ((options.Checks & (EmulatorChecks.Initialisation | EmulatorChecks.Outputs)) != 0)
            _initialisation = new InitialisationCheck(options.Checks, context, Log);
        if (options.Checks.HasFlag(EmulatorChecks.Race))
            _races = new RaceCheck(context, context.Records, Log);
        if (options.Counters)
            _counts = new LaunchCounts(context);
        _views = new AllocationViews(context, Open);
    }

    /// <summary>What was found.</summary>
    public DiagnosticLog Log { get; }

    /// <summary>What was counted; null where nothing is.</summary>
    public LaunchCounts? Counts => _counts;

    /// <inheritdoc/>
    public override void BeginBlock(Dim3 block, byte* shared)
    {
        _initialisation?.BeginBlock(block);
        _races?.BeginBlock(block, shared);
    }

    /// <inheritdoc/>
    public override void OnBranch(int instruction, uint lanes, uint taken) => _counts?.OnBranch(instruction, lanes, taken);

    /// <inheritdoc/>
    public override void OnAccess(in WarpAccess access)
    {
        if (access.Lanes == 0)
            return;
        var pattern = AccessPattern.Of(access);
        switch (access.Space)
        {
            case StateSpace.Shared:
                _counts?.OnShared(access, pattern);
                _initialisation?.OnShared(access, pattern);
                _races?.OnShared(access, pattern);
                break;
            case StateSpace.Global:
                _counts?.OnGlobal(access, pattern);
                OnGlobal(access, pattern);
                break;
            case StateSpace.Local:
                _counts?.OnLocal(access, pattern);
                _initialisation?.OnLocal(access);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnBlockBarrier(int instruction) => _races?.OnBlockBarrier();

    /// <inheritdoc/>
    public override void OnBarrierArrive(int instruction, int barrier, int warp) => _races?.OnBarrierArrive(barrier, warp);

    /// <inheritdoc/>
    public override void OnPartialBarrier(int instruction, int barrier, uint warps) => _races?.OnPartialBarrier(barrier, warps);

    /// <inheritdoc/>
    public override void OnWarpSync(int instruction, int warp, uint lanes) => _races?.OnWarpSync(warp, lanes);

    /// <inheritdoc/>
    public override void OnFence(int instruction, int warp, uint lanes, bool isGlobal) => _races?.OnFence(warp, isGlobal);

    /// <inheritdoc/>
    public override void OnAsyncWait(int instruction, int warp, uint lanes, int pendingGroups) => _counts?.OnAsyncWait(instruction, pendingGroups);

    /// <inheritdoc/>
    public override void EndBlock() => _races?.EndBlock();

    /// <inheritdoc/>
    public void Dispose() => _races?.Dispose();

    private void OnGlobal(in WarpAccess access, AccessPattern pattern)
    {
        // Lanes of one instruction seldom go to different allocations; each gets its share.
        for (var rest = access.Lanes; rest != 0;)
        {
            var view = _views.Of(access, rest, out var inside);
            rest &= ~inside;
            var part = inside == access.Lanes ? access : access with { Lanes = inside };
            var shape = inside == access.Lanes ? pattern : new AccessPattern(false, false, BitOperations.PopCount(inside));
            view.Sectors?.Add(part, shape, view.Allocation.Address);
            _initialisation?.OnGlobal(part, shape, view);
            if (view.InBlock is not null || view.InGrid is not null)
                _races!.OnGlobal(part, shape, view);
        }
    }

    private AllocationView Open(Allocation allocation) => new(allocation)
    {
        InBlock = _races?.OpenInBlock(allocation),
        InGrid = _races?.OpenInGrid(allocation),
        Sectors = _counts?.SectorsOf(allocation),
    };
}
