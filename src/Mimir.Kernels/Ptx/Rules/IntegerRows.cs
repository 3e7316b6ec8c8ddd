namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Integer, logic and bit instructions. The notation is <see cref="InstructionRow"/>'s and <see cref="OperandRule"/>'s.</summary>
internal static class IntegerRows
{
    public const string Text =
        """
        add.INT -> =0, 0, 0
        add.sat.s32 -> =0, 0, 0
        sub.INT -> =0, 0, 0
        sub.sat.s32 -> =0, 0, 0
        add.cc.W32 -> =0, 0, 0
        addc[.cc].W32 -> =0, 0, 0
        sub.cc.W32 -> =0, 0, 0
        subc[.cc].W32 -> =0, 0, 0
        mul.lo|hi.INT -> =0, 0, 0
        mul.wide.u16|s16|u32|s32 -> =0w, 0, 0
        mad.lo|hi.INT -> =0, 0, 0, 0
        mad.hi.sat.s32 -> =0, 0, 0, 0
        mad.wide.u16|s16|u32|s32 -> =0w, 0, 0, 0w
        mad.lo|hi.cc.W32 -> =0, 0, 0, 0
        madc.lo|hi[.cc].W32 -> =0, 0, 0, 0
        mul24.lo|hi.u32|s32 -> =0, 0, 0
        mad24.lo|hi.u32|s32 -> =0, 0, 0, 0
        mad24.hi.sat.s32 -> =0, 0, 0, 0
        sad.INT -> =0, 0, 0, 0
        div.INT -> =0, 0, 0
        rem.INT -> =0, 0, 0
        abs.SINT -> =0, 0
        neg.SINT -> =0, 0
        min.INT -> =0, 0, 0
        max.INT -> =0, 0, 0
        min.relu.s32 -> =0, 0, 0 @ 8.0 sm_90
        max.relu.s32 -> =0, 0, 0 @ 8.0 sm_90
        popc.b32|b64 -> =u32, 0
        clz.b32|b64 -> =u32, 0
        bfind[.shiftamt].W32 -> =u32, 0
        brev.b32|b64 -> =0, 0
        bfe.W32 -> =0, 0, u32, u32
        bfi.b32|b64 -> =0, 0, 0, u32, u32
        dp4a.u32|s32.u32|s32 -> =b32, b32, b32, b32 @ 5.0 sm_61
        dp2a.lo|hi.u32|s32.u32|s32 -> =b32, b32, b32, b32 @ 5.0 sm_61
        and.pred|b16|b32|b64 -> =0, 0, 0
        or.pred|b16|b32|b64 -> =0, 0, 0
        xor.pred|b16|b32|b64 -> =0, 0, 0
        not.pred|b16|b32|b64 -> =0, 0
        cnot.BITS -> =0, 0
        lop3.b32 -> =b32, b32, b32, b32, #u32(0..255)
        shl.BITS -> =0, 0, u32
        shr.b16|b32|b64|u16|s16|u32|s32|u64|s64 -> =0, 0, u32
        shf.l|r.wrap|clamp.b32 -> =b32, b32, b32, u32
        prmt.b32[.f4e|b4e|rc8|ecl|ecr|rc16] -> =b32, b32, b32, b32
        setp.eq|ne.BITS -> =_pred|pred, 0, 0
        setp.SCMP.SINT -> =_pred|pred, 0, 0
        setp.UCMP.UINT -> =_pred|pred, 0, 0
        setp.eq|ne.BOOL.BITS -> =_pred|pred, 0, 0, !pred
        setp.SCMP.BOOL.SINT -> =_pred|pred, 0, 0, !pred
        setp.UCMP.BOOL.UINT -> =_pred|pred, 0, 0, !pred
        set.eq|ne.u32|s32|f32.BITS -> =0, 1, 1
        set.SCMP.u32|s32|f32.SINT -> =0, 1, 1
        set.UCMP.u32|s32|f32.UINT -> =0, 1, 1
        set.eq|ne.BOOL.u32|s32|f32.BITS -> =0, 1, 1, !pred
        set.SCMP.BOOL.u32|s32|f32.SINT -> =0, 1, 1, !pred
        set.UCMP.BOOL.u32|s32|f32.UINT -> =0, 1, 1, !pred
        selp.SELECT -> =0, 0, 0, pred
        slct.SELECT.s32 -> =0, 0, 0, 1
        slct[.ftz].SELECT.f32 -> =0, 0, 0, 1
        """;
}
