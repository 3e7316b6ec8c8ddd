namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Warp, matrix, barrier and control instructions.</summary>
internal static class WarpRows
{
    public const string Text =
        """
        shfl.sync.up|down|bfly|idx.b32 -> =_b32|pred, b32, b32, b32, b32 @ 6.0 sm_30
        vote.sync.all|any|uni.pred -> =pred, !pred, b32 @ 6.0 sm_30
        vote.sync.ballot.b32 -> =b32, !pred, b32 @ 6.0 sm_30
        activemask.b32 -> =b32 @ 6.2 sm_30
        match.any.sync.b32|b64 -> =b32, 0, b32 @ 6.0 sm_70
        match.all.sync.b32|b64 -> =_b32|pred, 0, b32 @ 6.0 sm_70
        redux.sync.add|min|max.u32|s32 -> =0, 0, b32 @ 7.0 sm_80
        redux.sync.and|or|xor.b32 -> =0, 0, b32 @ 7.0 sm_80
        ldmatrix.sync.aligned.m8n8.x1[.trans][.shared|shared::cta].b16 -> ={1}b32, [] @ 6.5 sm_75
        ldmatrix.sync.aligned.m8n8.x2[.trans][.shared|shared::cta].b16 -> ={2}b32, [] @ 6.5 sm_75
        ldmatrix.sync.aligned.m8n8.x4[.trans][.shared|shared::cta].b16 -> ={4}b32, [] @ 6.5 sm_75
        mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 -> ={4}f32, {2}fragment, {1}fragment, {4}f32 @ 7.0 sm_80
        mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 -> ={4}f32, {4}fragment, {2}fragment, {4}f32 @ 7.0 sm_80
        mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 -> ={4}f32, {2}fragment, {1}fragment, {4}f32 @ 7.0 sm_80
        mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 -> ={4}f32, {4}fragment, {2}fragment, {4}f32 @ 7.0 sm_80
        mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 -> ={4}f32, {2}fragment, {1}fragment, {4}f32 @ 6.5 sm_75
        mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 -> ={4}f32, {4}fragment, {2}fragment, {4}f32 @ 7.0 sm_80
        mma.sync.aligned.m16n8k8.row.col.f16.f16.f16.f16 -> ={2}fragment, {2}fragment, {1}fragment, {2}fragment @ 6.5 sm_75
        mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 -> ={2}fragment, {4}fragment, {2}fragment, {2}fragment @ 7.0 sm_80
        bar[.cta].sync -> u32(0..15), u32(*32)?
        bar[.cta].arrive -> u32(0..15), u32(*32)
        bar[.cta].red.popc.u32 -> =u32, u32(0..15), !pred
        bar[.cta].red.popc.u32 -> =u32, u32(0..15), u32(*32), !pred
        bar[.cta].red.and|or.pred -> =pred, u32(0..15), !pred
        bar[.cta].red.and|or.pred -> =pred, u32(0..15), u32(*32), !pred
        barrier[.cta].sync[.aligned] -> u32(0..15), u32(*32)? @ 6.0 sm_30
        barrier[.cta].arrive[.aligned] -> u32(0..15), u32(*32) @ 6.0 sm_30
        barrier[.cta].red.popc[.aligned].u32 -> =u32, u32(0..15), !pred @ 6.0 sm_30
        barrier[.cta].red.popc[.aligned].u32 -> =u32, u32(0..15), u32(*32), !pred @ 6.0 sm_30
        barrier[.cta].red.and|or[.aligned].pred -> =pred, u32(0..15), !pred @ 6.0 sm_30
        barrier[.cta].red.and|or[.aligned].pred -> =pred, u32(0..15), u32(*32), !pred @ 6.0 sm_30
        bar.warp.sync -> b32 @ 6.0 sm_30
        membar.cta|gl|sys ->
        fence[.sc|acq_rel].SCOPE -> @ 6.0 sm_70
        bra[.uni] -> label
        call[.uni] -> call
        ret[.uni] ->
        exit ->
        trap ->
        brkpt ->
        nanosleep.u32 -> u32 @ 6.3 sm_70
        """;
}
