namespace Mimir.Kernels.Ptx;

/// <summary>Read-only registers of the machine.</summary>
public enum SpecialRegister
{
    TidX, TidY, TidZ, NtidX, NtidY, NtidZ, CtaidX, CtaidY, CtaidZ, NctaidX, NctaidY, NctaidZ,
    LaneId, WarpId, NWarpId, SmId, NSmId, GridId,
    LaneMaskEq, LaneMaskLt, LaneMaskLe, LaneMaskGt, LaneMaskGe,
    Clock, ClockHi, Clock64, GlobalTimer, GlobalTimerLo, GlobalTimerHi,
    DynamicSmemSize, TotalSmemSize,

    /// <summary><c>%pm0…</c>, <c>%envreg0…</c>: always 0.</summary>
    Zero,
}
